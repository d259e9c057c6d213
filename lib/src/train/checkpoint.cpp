#include "train/checkpoint.hpp"

#include <cstring>
#include <gemel/error.hpp>
#include <nlohmann/json.hpp>

#include "core/file.hpp"
#include "core/hash.hpp"

// Layout: "gemelck2", header length (u64), JSON header, mined rows (i32), blocks of raw f32,
// 128-bit hash of all that precedes it. Little-endian; read back on the machine that wrote it.
namespace gemel::train {
namespace {

using nlohmann::json;
constexpr std::string_view kMagic = "gemelck2";
constexpr std::size_t kTail = 16;

std::string_view bytes_of(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

json to_json(const EpochSums& s) {
  return {{"loss", s.loss},       {"terms", s.terms},
          {"penalty", s.penalty}, {"made", {s.made.counts, s.made.quantiles, s.made.batches}},
          {"batches", s.batches}, {"texts", s.texts},
          {"tokens", s.tokens},   {"seconds", s.seconds}};
}

EpochSums sums_from_json(const json& j) {
  const json& made = j.at("made");
  return {j.at("loss"),    j.at("terms"), j.at("penalty"), {made.at(0), made.at(1), made.at(2)},
          j.at("batches"), j.at("texts"), j.at("tokens"),  j.at("seconds")};
}

json to_json(const Progress& p) {
  const auto scalar = [](const ScalarAdam& a) { return json::array({a.first, a.second}); };
  const auto pair = [](const loss::PairLossParameters& q) { return json::array({q.w, q.b}); };
  const loss::MarginState& m = p.objective.margin;
  return {{"epoch", p.epoch},
          {"batch", p.batch},
          {"step", p.step},
          {"pair", pair(p.objective.pair)},
          {"margin",
           {m.positive_count, m.positive_sum, m.positive_squares, m.negative_count, m.negative_sum,
            m.negative_squares}},
          {"w_moments", scalar(p.w_moments)},
          {"b_moments", scalar(p.b_moments)},
          {"sums", to_json(p.sums)},
          {"best_metric", p.best_metric},
          {"best_epoch", p.best_epoch},
          {"best_pair", pair(p.best_pair)},
          {"mined_per_pair", p.mined.per_pair},
          {"mined_rows", p.mined.rows.size()},
          {"mined_epoch", p.mined_epoch},
          {"mining_report", p.mining_report},
          {"log", p.log}};
}

// All but the mined rows themselves, for which it makes room.
Progress from_json(const json& j) {
  const auto scalar = [&](const char* key) { return ScalarAdam{j.at(key).at(0), j.at(key).at(1)}; };
  const auto pair = [&](const char* key) {
    return loss::PairLossParameters{j.at(key).at(0), j.at(key).at(1)};
  };
  Progress p;
  p.epoch = j.at("epoch");
  p.batch = j.at("batch");
  p.step = j.at("step");
  p.objective.pair = pair("pair");
  const json& m = j.at("margin");
  p.objective.margin = {m.at(0), m.at(1), m.at(2), m.at(3), m.at(4), m.at(5)};
  p.w_moments = scalar("w_moments");
  p.b_moments = scalar("b_moments");
  p.sums = sums_from_json(j.at("sums"));
  p.best_metric = j.at("best_metric");
  p.best_epoch = j.at("best_epoch");
  p.best_pair = pair("best_pair");
  p.mined.per_pair = j.at("mined_per_pair");
  p.mined_epoch = j.at("mined_epoch");
  p.mining_report = j.at("mining_report");
  p.log = j.at("log").get<std::vector<std::string>>();
  return p;
}

[[noreturn]] void damaged(const std::string& path) {
  throw Error(path, "is not a whole gemel checkpoint", "delete it and train from the beginning");
}

}  // namespace

void EpochSums::add(const ObjectiveResult& result, double batch_penalty,
                    const BatchEncoder::Work& work) {
  loss += result.loss + batch_penalty;
  for (std::size_t i = 0; i < terms.size(); ++i) terms[i] += result.terms[i];
  penalty += batch_penalty;
  made.add(result.negatives);
  ++batches;
  texts += work.texts;
  tokens += work.tokens;
}

void write_checkpoint(const std::string& path, const std::string& signature,
                      const Progress& progress, const CheckpointBlocks& blocks) {
  json header = to_json(progress);
  header["signature"] = signature;
  const std::string text = header.dump();
  const std::uint64_t length = text.size();
  AtomicFile file(path);
  StreamHash hash;
  const auto put = [&](std::string_view bytes) {
    hash.update(bytes);
    file.write(bytes);
  };
  put(kMagic);
  put({reinterpret_cast<const char*>(&length), sizeof length});
  put(text);
  const std::vector<std::int32_t>& mined = progress.mined.rows;
  put({reinterpret_cast<const char*>(mined.data()), mined.size() * sizeof(std::int32_t)});
  for (const ParameterBlock* block : blocks) put(bytes_of(block->all()));
  const Hash128 digest = hash.digest();
  file.write(&digest, kTail);
  file.commit();
}

Progress read_checkpoint(const std::string& path, const std::string& signature,
                         const CheckpointBlocks& blocks) {
  const MappedFile file(path);
  const std::string_view all(reinterpret_cast<const char*>(file.bytes().data()),
                             file.bytes().size());
  const std::size_t fixed = kMagic.size() + sizeof(std::uint64_t);
  if (all.size() < fixed + kTail || all.substr(0, kMagic.size()) != kMagic) damaged(path);
  const Hash128 digest = hash128(all.substr(0, all.size() - kTail));
  if (std::memcmp(&digest, all.data() + all.size() - kTail, kTail) != 0) damaged(path);
  std::uint64_t length = 0;
  std::memcpy(&length, all.data() + kMagic.size(), sizeof length);
  if (length > all.size() - fixed - kTail) damaged(path);
  const json header = json::parse(all.substr(fixed, length), nullptr, false);
  if (header.is_discarded()) damaged(path);
  if (header.value("signature", "") != signature)
    throw Error(path, "belongs to a run with other options, data or tokenizer",
                "repeat that run's command line, or delete the checkpoint to begin anew");
  try {
    Progress progress = from_json(header);
    const auto mined = header.at("mined_rows").get<std::size_t>();
    if (mined > all.size() / sizeof(std::int32_t)) damaged(path);
    progress.mined.rows.resize(mined);
    const std::size_t mined_bytes = progress.mined.rows.size() * sizeof(std::int32_t);
    std::size_t wanted = fixed + length + mined_bytes + kTail;
    for (const ParameterBlock* block : blocks) wanted += block->all().size_bytes();
    if (all.size() != wanted) damaged(path);
    const char* from = all.data() + fixed + length;
    if (mined_bytes > 0) std::memcpy(progress.mined.rows.data(), from, mined_bytes);
    from += mined_bytes;
    for (ParameterBlock* block : blocks) {
      std::memcpy(block->all().data(), from, block->all().size_bytes());
      from += block->all().size_bytes();
    }
    return progress;
  } catch (const json::exception&) {
    damaged(path);
  }
}

}  // namespace gemel::train
