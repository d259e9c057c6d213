#pragma once
#include <optional>
#include <string_view>
#include <vector>

namespace gemel::train {

struct NamedNumber {
  std::string_view name;
  std::optional<float> number;
};

/// How a list is named and written in an error.
struct NamedNumberForm {
  std::string_view field, item, example;  // "loss", "NAME:WEIGHT", "in-batch:0.5"
  bool needs_number = false;              // else an item may be a name alone
};

/// Items between commas, each a name and a number after its last colon: "bce,in-batch:0.5". Views
/// of the text. Throws Error for an item without a name or whose number is missing or none.
std::vector<NamedNumber> named_numbers_from_text(std::string_view text, const NamedNumberForm&);

}  // namespace gemel::train
