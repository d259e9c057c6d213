#pragma once
#include <functional>
#include <string>
#include <vector>

#include "apps/command_line.hpp"

namespace gemel::app {

/// A verb "try FILE" whose options `declare` adds, parsed.
inline CommandLine parsed(const std::function<void(CommandLine&)>& declare,
                          const std::vector<std::string>& arguments) {
  CommandLine line("try", "FILE", "Tries.");
  declare(line);
  line.parse(arguments);
  return line;
}

/// What the exception of type E says, or "nothing thrown".
template <class E, class F>
std::string message_of(const F& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return "nothing thrown";
}

}  // namespace gemel::app
