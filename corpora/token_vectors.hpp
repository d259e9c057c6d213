#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "corpora/bad_rows.hpp"
#include "corpora/input_options.hpp"

namespace gemel {

/// A token and its vector.
struct TokenVectorRow {
  std::string token;
  std::span<const float> vector;  ///< [D], finite; valid until the next row is read
  std::int64_t line = 0;          ///< from 1
};

struct TokenVectorOptions {
  std::string path;  ///< a file, or "-" for standard input; .gz and .zst are told by content
  BadRowPolicy bad_rows = BadRowPolicy::fail;
  std::int64_t max_row_bytes = std::int64_t{1} << 20;  ///< of the longest line, 1 to 2^40
};

/// Reads token vectors in the text format of word2vec, fastText and GloVe: a line "COUNT D", which
/// may be missing, then in each line a token and D numbers, between spaces or tabs. A token may
/// hold spaces where it is clear where the numbers begin. One row in memory at a time. Not
/// thread-safe.
class TokenVectorReader {
 public:
  /// Opens the file and learns D. Error if that cannot be done, or if the file is empty.
  explicit TokenVectorReader(const TokenVectorOptions& options);
  ~TokenVectorReader();
  TokenVectorReader(TokenVectorReader&&) noexcept;
  TokenVectorReader& operator=(TokenVectorReader&&) noexcept;

  /// The next row, in the file's order; false at the end. Error "FILE:LINE: …" at a bad row under
  /// BadRowPolicy::fail, and at the end if the first line announced another count.
  bool next(TokenVectorRow& row);
  std::int64_t dimension() const;  ///< D, 1 to 2^20
  /// Under BadRowPolicy::skip, what was left out so far.
  const BadRows& bad_rows() const;
  /// Rows returned so far.
  std::int64_t count() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gemel
