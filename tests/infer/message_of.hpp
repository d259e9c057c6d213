#pragma once
#include <gemel/error.hpp>
#include <string>

/// what() of the Error that `action` throws; "no error" if it throws none.
inline std::string message_of(const auto& action) {
  try {
    action();
  } catch (const gemel::Error& e) {
    return e.what();
  }
  return "no error";
}
