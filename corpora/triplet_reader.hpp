#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "corpora/bad_rows.hpp"
#include "corpora/input_options.hpp"

namespace gemel {

/// An anchor, a text that says the same and one that does not.
struct TripletRow {
  std::string anchor, positive, negative;
  std::int64_t line = 0;  ///< where the row begins, from 1
};

/// Columns by name or by number from 1; "" for the usual place. In a header, or as JSON keys, the
/// usual names are anchor, query or question; positive or pos; negative or neg. Without a header:
/// anchor 1, positive 2, negative 3.
struct TripletColumns {
  std::string anchor, positive, negative;
};

struct TripletOptions {
  InputOptions input;  ///< TSV where neither format nor name tell
  TripletColumns columns;
  bool allow_empty_texts = false;  ///< false: a row with an empty or blank text is a bad row
};

/// Reads triplets, one row in memory at a time. Not thread-safe.
class TripletReader {
 public:
  /// Opens the file and chooses the columns. Error if that cannot be done.
  explicit TripletReader(const TripletOptions& options);
  ~TripletReader();
  TripletReader(TripletReader&&) noexcept;
  TripletReader& operator=(TripletReader&&) noexcept;

  /// The next good row, in the file's order; false at the end. Empty lines are passed over.
  /// Error "FILE:LINE: …" at a bad row under BadRowPolicy::fail.
  bool next(TripletRow& row);
  /// Under BadRowPolicy::skip, what was left out so far.
  const BadRows& bad_rows() const;
  /// Rows returned so far.
  std::int64_t count() const;
  /// "TSV, no header, anchor: column 1, positive: column 2, negative: column 3".
  std::string description() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gemel
