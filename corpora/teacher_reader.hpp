#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "corpora/bad_rows.hpp"
#include "corpora/text_reader.hpp"

namespace gemel {

/// How a teacher's vectors find their texts.
enum class TeacherMatch {
  automatic,  ///< by_id where there is a file of ids, otherwise by_row
  by_id,  ///< a text's id is its id column or else its row's number from 1, as `gemel embed` has it
  by_row,  ///< vector i belongs to text i
};

struct TeacherOptions {
  std::string vectors;  ///< .npy, [rows, D]
  TextOptions texts;    ///< the texts that the vectors were made from, or for by_id some of them
  std::string ids;      ///< "" for the name of `vectors` with .ids behind it
  TeacherMatch match = TeacherMatch::automatic;
};

/// A text and what the teacher makes of it.
struct TeacherRow {
  std::string text;
  std::span<const float> vector;  ///< [D], finite; valid until the next row is read
  std::int64_t row = 0;           ///< of the vectors, from 0
  std::int64_t line = 0;          ///< of the texts, from 1
};

/// Reads a teacher's texts with their vectors, one row in memory at a time. Not thread-safe.
class TeacherReader {
 public:
  /// Opens the files. Error if that cannot be done, or if there are not as many ids as vectors.
  explicit TeacherReader(const TeacherOptions& options);
  ~TeacherReader();
  TeacherReader(TeacherReader&&) noexcept;
  TeacherReader& operator=(TeacherReader&&) noexcept;

  /// The next text, in the order of the texts; false at the end. Error if a text has no vector, and
  /// by row at the end if the numbers differ.
  bool next(TeacherRow& row);
  std::int64_t dimension() const;  ///< D
  std::int64_t vectors() const;    ///< in the file, with or without a text
  std::int64_t count() const;      ///< texts returned so far
  bool by_id() const;
  const BadRows& bad_rows() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gemel
