#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

namespace gemel {

/// One SplitMix64 step: a good 64-bit mixer (Steele, Lea and Flood 2014). Stateless use: hash an
/// index.
constexpr std::uint64_t splitmix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// xoshiro256** (Blackman and Vigna 2018). The same seed gives the same numbers on every platform,
/// which std::uniform_*_distribution does not promise. Not thread-safe; copyable, state is open so
/// that a checkpoint can hold it.
class Random {
 public:
  using State = std::array<std::uint64_t, 4>;
  explicit Random(std::uint64_t seed = 0) {
    for (std::size_t i = 0; i < 4; ++i) state_[i] = splitmix64(seed + i * 0x632be59bd9b4e019ULL);
  }

  std::uint64_t next() {
    const auto rotl = [](std::uint64_t v, int k) { return (v << k) | (v >> (64 - k)); };
    const std::uint64_t result = rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotl(state_[3], 45);
    return result;
  }
  /// Uniform integer in [0, bound), bound > 0, without modulo bias.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t limit = -bound % bound;
    for (;;) {
      const std::uint64_t r = next();
      if (r >= limit) return r % bound;
    }
  }
  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Standard normal (Box and Muller 1958).
  double normal() {
    const double u = 1.0 - uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * uniform());
  }
  /// Fisher and Yates shuffle.
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

  const State& state() const { return state_; }
  void set_state(const State& s) { state_ = s; }

 private:
  State state_{};
};

}  // namespace gemel
