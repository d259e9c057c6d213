#pragma once

namespace gemel {

/// Which labels a reader takes.
enum class LabelKind {
  binary,  ///< 0 or 1, as a number; JSON also false and true
  graded,  ///< any finite number
};

}  // namespace gemel
