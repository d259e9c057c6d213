#pragma once
#include <cstddef>
#include <gemel/error.hpp>
#include <span>
#include <sstream>
#include <string>
#include <string_view>

namespace gemel {

/// Throws Error "FIELD: is VALUE; allowed is LOW to HIGH" unless low <= value <= high (NaN fails).
template <class T, class U>
void check_range(std::string_view field, T value, U low, U high) {
  if (value >= static_cast<T>(low) && value <= static_cast<T>(high)) return;
  std::ostringstream found, allowed;
  found << "is " << value;
  allowed << "allowed is " << low << " to " << high;
  throw Error(std::string(field), found.str(), allowed.str());
}

/// Index of `name` in `names`; throws Error "FIELD: 'NAME' is not known; choose among A, B".
inline std::size_t index_of_name(std::string_view field, std::string_view name,
                                 std::span<const std::string_view> names) {
  std::string allowed;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return i;
    allowed += (i ? ", " : "") + std::string(names[i]);
  }
  throw Error(std::string(field), "'" + std::string(name) + "' is not known",
              "choose among " + allowed);
}

}  // namespace gemel
