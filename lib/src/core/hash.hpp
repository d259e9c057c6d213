#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gemel {

/// XXH3, 64 and 128 bits (libxxhash). Fast, stable across platforms, not cryptographic.
std::uint64_t hash64(std::string_view bytes);
struct Hash128 {
  std::uint64_t high = 0, low = 0;
  bool operator==(const Hash128&) const = default;
};
Hash128 hash128(std::string_view bytes);
/// 32 lower-case hexadecimal digits.
std::string to_hex(const Hash128&);

/// 128-bit hash of bytes that come in pieces.
class StreamHash {
 public:
  StreamHash();
  ~StreamHash();
  void update(std::string_view bytes);
  Hash128 digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gemel
