#include "corpora/bad_rows.hpp"

#include <utf8.h>

#include <cstdio>

namespace gemel {

std::string_view name_of(BadRow kind) {
  constexpr std::array<std::string_view, kBadRowKinds> kNames{
      "with invalid UTF-8", "with a NUL byte",  "without a wanted column", "with a wrong label",
      "with an empty text", "with bad quoting", "with wrong JSON",         "with a wrong vector"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<Problem> find_bad_byte(std::string_view text, std::int64_t line) {
  const char* const end = text.data() + text.size();
  const char* const bad = utf8::find_invalid(text.data(), end);
  const std::size_t valid = static_cast<std::size_t>(bad - text.data());
  Problem problem;
  problem.line = line;
  if (const std::size_t nul = text.substr(0, valid).find('\0'); nul != std::string_view::npos) {
    problem.kind = BadRow::nul_byte;
    problem.column = static_cast<std::int64_t>(nul) + 1;
    problem.what = "a NUL byte";
    return problem;
  }
  if (bad == end) return std::nullopt;
  char hex[8];
  std::snprintf(hex, sizeof hex, "0x%02X", static_cast<unsigned>(static_cast<unsigned char>(*bad)));
  problem.kind = BadRow::invalid_utf8;
  problem.column = static_cast<std::int64_t>(valid) + 1;
  problem.what = "invalid UTF-8, byte " + std::string(hex);
  return problem;
}

void BadRows::add(BadRow kind, std::string message) {
  ++count;
  ++by_kind[static_cast<std::size_t>(kind)];
  if (messages.size() < kMessages) messages.push_back(std::move(message));
}

std::string BadRows::summary() const {
  if (count == 0) return "no bad rows";
  std::string text = std::to_string(count) + (count == 1 ? " bad row: " : " bad rows: ");
  bool first = true;
  for (std::size_t i = 0; i < kBadRowKinds; ++i) {
    if (by_kind[i] == 0) continue;
    text += (first ? "" : ", ") + std::to_string(by_kind[i]) + " " +
            std::string(name_of(static_cast<BadRow>(i)));
    first = false;
  }
  return text;
}

}  // namespace gemel
