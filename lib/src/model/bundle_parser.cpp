#include "model/bundle_parser.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <gemel/error.hpp>
#include <map>

#include "core/simd.hpp"
#include "model/bf16.hpp"
#include "model/bundle_json.hpp"
#include "model/codes.hpp"
#include "model/fingerprint.hpp"

namespace gemel {
namespace {

constexpr std::string_view kPadding = "padding.";
constexpr std::string_view kScales = "scales.";
constexpr std::size_t kBlock = 4096;  // elements looked at together

GEMEL_SIMD_CLONES void widen(const std::uint16_t* __restrict from, std::size_t count,
                             float* __restrict to) {
  for (std::size_t i = 0; i < count; ++i) to[i] = f32_from_bf16(from[i]);
}

GEMEL_SIMD_CLONES void multiply(const std::int8_t* __restrict codes, float scale, std::size_t count,
                                float* __restrict to) {
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<float>(codes[i]) * scale;
}

float scale_of(const StoredTensor& t, std::size_t block) {
  float scale = 0;
  std::memcpy(&scale, t.scales.data() + block * sizeof(float), sizeof(float));
  return scale;
}

void decode(const StoredTensor& t, std::size_t first, std::span<float> out) {
  const auto* const codes = reinterpret_cast<const std::int8_t*>(t.data.data());
  for (std::size_t done = 0, count; done < out.size(); done += count) {
    const std::size_t at = first + done;
    count = std::min(kCodeBlock - at % kCodeBlock, out.size() - done);
    multiply(codes + at, scale_of(t, at / kCodeBlock), count, out.data() + done);
  }
}

GEMEL_SIMD_CLONES bool all_finite(const float* values, std::size_t count) {
  std::uint32_t infinite = 0;
  for (std::size_t i = 0; i < count; ++i)
    infinite |= (std::bit_cast<std::uint32_t>(values[i]) & 0x7f800000u) == 0x7f800000u;
  return infinite == 0;
}

// Then so is every element, as no code is above 128.
bool scales_finite(const StoredTensor& t) {
  for (std::size_t block = 0; block < t.data.size() / kCodeBlock; ++block)
    if (!std::isfinite(scale_of(t, block) * 128)) return false;
  return true;
}

[[noreturn]] void fail(const std::string& where, const TensorEntry& t, const std::string& what) {
  throw Error(where + ", tensor '" + t.name + "'", what, std::string(kDamaged));
}

void check_type(const std::string& where, const TensorEntry& t, std::string_view wanted) {
  if (t.dtype != wanted)
    fail(where, t, "has type " + t.dtype + "; allowed is " + std::string(wanted));
}

// Rows of [texts, D] to the self-tests, whose texts stand in the metadata.
void take_self_tests(const std::string& where, const TensorEntry& t,
                     std::span<const std::byte> data, Bundle& bundle) {
  check_type(where, t, "F32");
  const std::int64_t width = bundle.config().sentence_size();
  const std::vector<std::int64_t> wanted = {static_cast<std::int64_t>(bundle.self_tests.size()),
                                            width};
  if (t.shape != wanted) fail(where, t, "has a shape that does not fit the self-test texts");
  for (std::size_t i = 0; i < bundle.self_tests.size(); ++i) {
    std::vector<float>& row = bundle.self_tests[i].embedding;
    row.resize(static_cast<std::size_t>(width));
    std::memcpy(row.data(), data.data() + i * row.size() * sizeof(float),
                row.size() * sizeof(float));
  }
}

void take_weights(const std::string& where, const TensorEntry& t, std::span<const std::byte> data,
                  ParsedBundle& parsed) {
  if (t.dtype == "U8") fail(where, t, "has type U8; allowed are F32, BF16 and I8");
  const StorageType type = t.dtype == "F32"    ? StorageType::f32
                           : t.dtype == "BF16" ? StorageType::bf16
                                               : StorageType::int8;
  if (type == StorageType::int8 && !fits_codes(t.shape))
    fail(where, t, "has type I8 and no whole number of blocks of " + std::to_string(kCodeBlock));
  parsed.tensors.push_back({t.name, type, t.shape, data});
}

// Scales by the name of the tensor that they belong to.
using Scales = std::map<std::string, std::pair<const TensorEntry*, std::span<const std::byte>>>;

// Every tensor of codes takes its own; none may be left.
void give_scales(const std::string& where, Scales& scales, ParsedBundle& parsed) {
  for (StoredTensor& t : parsed.tensors) {
    if (t.type != StorageType::int8) continue;
    const auto found = scales.find(t.name);
    if (found == scales.end())
      throw Error(where, "tensor '" + std::string(kScales) + t.name + "' is missing",
                  std::string(kDamaged));
    const auto wanted = static_cast<std::int64_t>(t.data.size() / kCodeBlock);
    if (found->second.first->shape != std::vector<std::int64_t>{wanted})
      fail(where, *found->second.first, "has a shape that does not fit its tensor");
    t.scales = found->second.second;
    scales.erase(found);
  }
  if (!scales.empty())
    fail(where, *scales.begin()->second.first, "belongs to no tensor of type I8");
}

}  // namespace

ParsedBundle parse_bundle(const std::string& where, std::span<const std::byte> file) {
  ParsedBundle parsed;
  parsed.header = parse_safetensors_header(where, file);
  check_format(where, parsed.header);
  check_safetensors(where, file.size(), parsed.header);
  parsed.bundle = bundle_from_metadata(where, parsed.header);
  parsed.bundle.fingerprint = read_fingerprint(where, file);
  bool self_tests_found = false;
  Scales scales;
  for (const TensorEntry& t : parsed.header.tensors) {
    if (t.name.starts_with(kPadding)) {
      check_type(where, t, "U8");
      continue;
    }
    const std::uint64_t begin = parsed.header.data_begin + t.begin;
    if (begin % kTensorAlignment != 0)
      fail(where, t, "begins at byte " + std::to_string(begin) + ", which is no multiple of 64");
    const auto data = file.subspan(begin, t.end - t.begin);
    if (t.name == "tokenizer.model") {
      check_type(where, t, "U8");
      parsed.bundle.tokenizer_model.assign(reinterpret_cast<const char*>(data.data()), data.size());
    } else if (t.name == "self_test.embeddings") {
      take_self_tests(where, t, data, parsed.bundle);
      self_tests_found = true;
    } else if (t.name.starts_with(kScales)) {
      check_type(where, t, "F32");
      scales[t.name.substr(kScales.size())] = {&t, data};
    } else {
      take_weights(where, t, data, parsed);
    }
  }
  give_scales(where, scales, parsed);
  const auto missing = [&](const char* name) {
    throw Error(where, std::string("tensor '") + name + "' is missing", std::string(kDamaged));
  };
  if (parsed.bundle.tokenizer_model.empty()) missing("tokenizer.model");
  if (!parsed.bundle.self_tests.empty() && !self_tests_found) missing("self_test.embeddings");
  return parsed;
}

std::size_t count_elements(const StoredTensor& t) {
  return t.data.size() / (t.type == StorageType::f32 ? 4 : t.type == StorageType::bf16 ? 2 : 1);
}

void load_elements(const StoredTensor& t, std::size_t first, std::span<float> out) {
  if (t.type == StorageType::f32) {
    std::memcpy(out.data(), t.data.data() + first * sizeof(float), out.size_bytes());
    return;
  }
  if (t.type == StorageType::int8) return decode(t, first, out);
  std::array<std::uint16_t, kBlock> halves;
  for (std::size_t done = 0; done < out.size(); done += kBlock) {
    const std::size_t count = std::min(kBlock, out.size() - done);
    std::memcpy(halves.data(), t.data.data() + (first + done) * 2, count * 2);
    widen(halves.data(), count, out.data() + done);
  }
}

void verify_bundle(const std::string& where, std::span<const std::byte> file,
                   const ParsedBundle& parsed) {
  verify_fingerprint(where, file, parsed.header);
  for (const StoredTensor& t : parsed.tensors) {
    if (t.type == StorageType::int8 && scales_finite(t)) continue;
    const std::size_t count = count_elements(t);
    std::array<float, kBlock> values;
    for (std::size_t first = 0; first < count; first += kBlock) {
      const std::span<float> block(values.data(), std::min(kBlock, count - first));
      load_elements(t, first, block);
      if (all_finite(block.data(), block.size())) continue;
      const auto bad =
          std::find_if(block.begin(), block.end(), [](float x) { return !std::isfinite(x); });
      throw Error(where + ", tensor '" + t.name + "'",
                  "element " +
                      std::to_string(first + static_cast<std::size_t>(bad - block.begin())) +
                      " is not a finite number",
                  std::string(kDamaged));
    }
  }
  for (const SelfTest& test : parsed.bundle.self_tests)
    for (const float x : test.embedding)
      if (!std::isfinite(x))
        throw Error(where + ", tensor 'self_test.embeddings'",
                    "the row of '" + test.text + "' is not finite", std::string(kDamaged));
}

}  // namespace gemel
