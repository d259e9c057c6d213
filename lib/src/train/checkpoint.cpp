#include "train/checkpoint.hpp"

#include <array>
#include <cstring>
#include <gemel/error.hpp>
#include <nlohmann/json.hpp>

#include "core/file.hpp"
#include "core/hash.hpp"

// Layout: "gemelck1", header length (u64), JSON header, four blocks of raw f32, 128-bit hash of all
// that precedes it. Little-endian; read back on the machine that wrote it.
namespace gemel::train {
namespace {

using nlohmann::json;
constexpr std::string_view kMagic = "gemelck1";
constexpr std::size_t kTail = 16;

std::string_view bytes_of(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

json to_json(const Progress& p) {
  const auto scalar = [](const ScalarAdam& a) { return json::array({a.first, a.second}); };
  const auto pair = [](const loss::PairLossParameters& q) { return json::array({q.w, q.b}); };
  return {{"epoch", p.epoch},
          {"batch", p.batch},
          {"step", p.step},
          {"pair_parameters", pair(p.pair_parameters)},
          {"w_moments", scalar(p.w_moments)},
          {"b_moments", scalar(p.b_moments)},
          {"sums", {p.sums.loss, p.sums.batches, p.sums.texts, p.sums.tokens, p.sums.seconds}},
          {"best_metric", p.best_metric},
          {"best_epoch", p.best_epoch},
          {"best_pair_parameters", pair(p.best_pair_parameters)},
          {"log", p.log}};
}

Progress from_json(const json& j) {
  const auto scalar = [&](const char* key) { return ScalarAdam{j.at(key).at(0), j.at(key).at(1)}; };
  const auto pair = [&](const char* key) {
    return loss::PairLossParameters{j.at(key).at(0), j.at(key).at(1)};
  };
  Progress p;
  p.epoch = j.at("epoch");
  p.batch = j.at("batch");
  p.step = j.at("step");
  p.pair_parameters = pair("pair_parameters");
  p.w_moments = scalar("w_moments");
  p.b_moments = scalar("b_moments");
  const json& s = j.at("sums");
  p.sums = {s.at(0), s.at(1), s.at(2), s.at(3), s.at(4)};
  p.best_metric = j.at("best_metric");
  p.best_epoch = j.at("best_epoch");
  p.best_pair_parameters = pair("best_pair_parameters");
  p.log = j.at("log").get<std::vector<std::string>>();
  return p;
}

[[noreturn]] void damaged(const std::string& path) {
  throw Error(path, "is not a whole gemel checkpoint", "delete it and train from the beginning");
}

}  // namespace

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
  for (const ParameterBlock* block :
       {&blocks.values, &blocks.first_moment, &blocks.second_moment, &blocks.best_values})
    put(bytes_of(block->all()));
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
  const std::array targets = {&blocks.values, &blocks.first_moment, &blocks.second_moment,
                              &blocks.best_values};
  const std::size_t block_bytes = blocks.values.all().size_bytes();
  if (all.size() != fixed + length + targets.size() * block_bytes + kTail) damaged(path);
  const char* from = all.data() + fixed + length;
  for (ParameterBlock* target : targets) {
    std::memcpy(target->all().data(), from, block_bytes);
    from += block_bytes;
  }
  try {
    return from_json(header);
  } catch (const json::exception&) {
    damaged(path);
  }
}

}  // namespace gemel::train
