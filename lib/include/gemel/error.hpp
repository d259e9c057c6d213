#pragma once
#include <gemel/export.hpp>
#include <stdexcept>
#include <string>

namespace gemel {

/// A user's mistake or bad input: what went wrong, where, and what to do about it.
/// what() reads "WHERE: WHAT; ADVICE", with an empty part and its separator left out.
/// Bugs in gemel itself are assertions, never this.
class GEMEL_API Error : public std::runtime_error {
 public:
  /// @param where  file, file:line, file:line:column, "file, byte N", or an option's name
  /// @param what   one clause that names the value found and the value wanted
  /// @param advice one clause, what to do; may be empty
  Error(std::string where, std::string what, std::string advice = {})
      : std::runtime_error((where.empty() ? "" : where + ": ") + what +
                           (advice.empty() ? "" : "; " + advice)),
        where_(std::move(where)),
        what_(std::move(what)),
        advice_(std::move(advice)) {}

  const std::string& where() const noexcept { return where_; }
  const std::string& problem() const noexcept { return what_; }
  const std::string& advice() const noexcept { return advice_; }

 private:
  std::string where_, what_, advice_;
};

/// The work was stopped on request (Ctrl-C); nothing half-written is left behind.
class GEMEL_API Interrupted : public Error {
 public:
  Interrupted() : Error("", "interrupted", "") {}
};

}  // namespace gemel
