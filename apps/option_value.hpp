#pragma once
#include <sstream>
#include <string>
#include <string_view>

#include "apps/command_line.hpp"

namespace gemel::app {

/// An option's value with its default, which help shows. Floats print their shortest form ("0.001",
/// not "0.00100000005").
template <class T>
auto option_value(T standard) {
  return po::value<T>()->default_value(standard);
}
inline auto option_value(float standard) {
  std::ostringstream text;
  text << standard;
  return po::value<float>()->default_value(standard, text.str());
}
inline auto option_value(std::string_view standard) {
  return po::value<std::string>()->default_value(std::string(standard));
}
inline auto option_value(const char* standard) {
  return option_value(std::string_view(standard));
}

}  // namespace gemel::app
