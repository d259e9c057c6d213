#pragma once
#include <cstdint>

namespace gemel::nn {

/// One place of a network where dropout acts, in one pass: element j of text n's step t is dropped
/// with probability `rate` and divided by 1 − rate otherwise (inverted dropout). The mask is a pure
/// function of seed, site, t, n and j; nothing is stored, backward computes it again. The rate is
/// rounded to 1/65536, and the factor with it, so that the expectation is exact.
class DropoutMask {
 public:
  DropoutMask() = default;  ///< keeps everything
  /// @param site tells places apart that share a seed
  /// @param rate in [0, 1)
  DropoutMask(std::uint64_t seed, int site, float rate);

  explicit operator bool() const { return threshold_ != 0; }
  /// 0 or 1 / (1 − rate).
  float factor(int t, int n, std::int64_t j) const;
  /// row[j] *= factor(t, n, j) for j in [0, size); a dropped element is 0 even if it was infinite.
  void apply(int t, int n, std::int64_t size, float* row) const;

 private:
  std::uint64_t row_key(int t, int n) const;
  std::uint64_t key_ = 0;
  std::uint32_t threshold_ = 0;  // of 65536
  float scale_ = 1;
};

}  // namespace gemel::nn
