#include <algorithm>
#include <utility>

#include "apps/config_file.hpp"

namespace gemel::app {
namespace {

constexpr std::size_t kMostNames = 3;

// Insertions, deletions, changes and swaps of neighbours (Damerau 1964; each letter in one swap at
// most). Three rows of the table are enough.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view written, std::span<const std::string> allowed) {
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& name : allowed) {
    std::size_t distance = edit_distance(written, name);
    // "hidden" for "hidden-size" is as near as a slip of one letter.
    if (written.size() >= 3 && name.starts_with(written)) distance = 1;
    if (distance <= std::max<std::size_t>(1, written.size() / 3)) near.emplace_back(distance, name);
  }
  if (near.empty()) return "";
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  near.resize(std::min(near.size(), kMostNames));
  std::string text = "did you mean ";
  for (std::size_t i = 0; i < near.size(); ++i) {
    if (i) text += i + 1 < near.size() ? ", " : " or ";
    text += "'" + near[i].second + "'";
  }
  return text + "?";
}

}  // namespace gemel::app
