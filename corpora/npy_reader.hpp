#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace gemel {

/// The rows of a NumPy file that holds one array [rows, D] of '<f2', '<f4' or '<f8' in C order,
/// format version 1.0, 2.0 or 3.0 (numpy.lib.format). Rows are read from the file when asked for,
/// so memory does not grow with the file. Threads may share a reader.
class NpyReader {
 public:
  /// Opens the file and checks its header and size. Error naming the file, what was found and what
  /// is wanted.
  explicit NpyReader(const std::string& path);
  ~NpyReader();
  NpyReader(NpyReader&&) noexcept;
  NpyReader& operator=(NpyReader&&) noexcept;

  std::int64_t rows() const;
  std::int64_t dimension() const;  ///< D, 1 to 2^20
  /// Row `index`, 0 to rows() − 1, as f32 into `to`, [D]. Error "FILE: row R, column C is …",
  /// both from 1, if a value is not finite or does not fit f32.
  void row(std::int64_t index, std::span<float> to) const;
  const std::string& path() const;
  /// "NPY, 1000 rows of 128 f32".
  std::string description() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gemel
