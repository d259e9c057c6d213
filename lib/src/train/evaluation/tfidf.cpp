#include "train/evaluation/tfidf.hpp"

#include <algorithm>
#include <cmath>

#include "train/evaluation/text_features.hpp"

namespace gemel::evaluation {

void Tfidf::add(std::string_view text) {
  std::vector<std::uint64_t> features = text_features(text);
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
  for (const std::uint64_t f : features) ++document_frequency_[f];
  ++texts_;
}

Tfidf::Vector Tfidf::vector(std::string_view text) const {
  std::vector<std::uint64_t> features = text_features(text);
  std::sort(features.begin(), features.end());
  Vector result;
  double squares = 0;
  for (std::size_t first = 0; first < features.size();) {
    std::size_t end = first;
    while (end < features.size() && features[end] == features[first]) ++end;
    const auto found = document_frequency_.find(features[first]);
    const std::int64_t df = found == document_frequency_.end() ? 0 : found->second;
    const double idf = std::log(static_cast<double>(1 + texts_) / static_cast<double>(1 + df)) + 1;
    const double weight = static_cast<double>(end - first) * idf;
    result.emplace_back(features[first], weight);
    squares += weight * weight;
    first = end;
  }
  for (auto& [feature, weight] : result) weight /= std::sqrt(squares);
  return result;
}

float Tfidf::score(std::string_view text1, std::string_view text2) const {
  const Vector u = vector(text1), v = vector(text2);
  double sum = 0;
  for (std::size_t i = 0, j = 0; i < u.size() && j < v.size();) {
    if (u[i].first < v[j].first) {
      ++i;
    } else if (v[j].first < u[i].first) {
      ++j;
    } else {
      sum += u[i++].second * v[j++].second;
    }
  }
  return static_cast<float>(std::min(sum, 1.0));
}

}  // namespace gemel::evaluation
