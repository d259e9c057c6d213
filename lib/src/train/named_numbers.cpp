#include "train/named_numbers.hpp"

#include <charconv>
#include <gemel/error.hpp>
#include <string>

namespace gemel::train {
namespace {

std::optional<float> number_from_text(std::string_view text) {
  float number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

NamedNumber one_item(std::string_view item, const NamedNumberForm& form) {
  const std::size_t colon = item.rfind(':');
  const bool bare = colon == std::string_view::npos;
  NamedNumber named{item.substr(0, colon), std::nullopt};
  if (!bare) named.number = number_from_text(item.substr(colon + 1));
  const bool lacks_number = !named.number && (!bare || form.needs_number);
  if (named.name.empty() || lacks_number)
    throw Error(
        std::string(form.field), "'" + std::string(item) + "' is no " + std::string(form.item),
        "write for instance " + std::string(form.example) + ", several with commas between");
  return named;
}

}  // namespace

std::vector<NamedNumber> named_numbers_from_text(std::string_view text,
                                                 const NamedNumberForm& form) {
  std::vector<NamedNumber> items;
  while (true) {
    const std::size_t comma = text.find(',');
    items.push_back(one_item(text.substr(0, comma), form));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace gemel::train
