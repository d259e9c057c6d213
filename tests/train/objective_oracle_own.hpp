#pragma once
#include "tests/train/objective_oracle.hpp"

/// The terms that have parameters of their own.
namespace gemel::train::test {

inline double dot(const Vector& u, const Vector& v) {
  double sum = 0;
  for (std::size_t i = 0; i < u.size(); ++i) sum += u[i] * v[i];
  return sum;
}
inline double cosine(const Vector& u, const Vector& v) {
  return dot(u, v) / std::sqrt(dot(u, u) * dot(v, v));
}

/// x [rows] times a matrix [rows, columns].
inline Vector product(const Vector& x, const Vector& matrix) {
  const std::size_t columns = matrix.size() / x.size();
  Vector out(columns);
  for (std::size_t i = 0; i < matrix.size(); ++i) out[i % columns] += x[i / columns] * matrix[i];
  return out;
}

inline double ObjectiveOracle::distillation_term(const Vector& x, const Named& p) const {
  std::vector<Vector> student, wanted;
  for (std::int32_t i = 0; i < texts(); ++i) {
    const std::int32_t at = teacher.vector_of[static_cast<std::size_t>(row(i))];
    if (at < 0) continue;
    const auto begin = teacher.vectors.begin() + at * teacher.dimension;
    wanted.emplace_back(begin, begin + teacher.dimension);
    const Vector own = fixture::row(x, width(), i);
    student.push_back(p.contains("distillation.weight") ? product(own, p.at("distillation.weight"))
                                                        : own);
  }
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < student.size(); ++i) {
    if (options.loss.distillation == loss::DistillationKind::relation) {
      for (std::size_t j = 0; j < i; ++j, ++count)
        sum += std::pow(cosine(student[i], student[j]) - cosine(wanted[i], wanted[j]), 2);
      continue;
    }
    ++count;
    if (options.loss.distillation == loss::DistillationKind::cosine)
      sum += 1 - cosine(student[i], wanted[i]);
    else
      for (std::size_t k = 0; k < wanted[i].size(); ++k)
        sum += std::pow(student[i][k] - wanted[i][k], 2) / static_cast<double>(wanted[i].size());
  }
  return sum / count;
}

/// BCE over the pairs of a hidden layer with ReLU over |u−v| and u∘v, both scaled to a root mean
/// square of 1.
inline double ObjectiveOracle::head_term(const Vector& x, const Named& p) const {
  const auto scaled = [](Vector u) {
    const double size = std::sqrt(dot(u, u) / static_cast<double>(u.size()));
    for (double& v : u) v /= size;
    return u;
  };
  const auto read = [&](std::int32_t i) {
    Vector u = scaled(fixture::row(x, width(), i));
    if (pooled.empty()) return u;
    const std::size_t size = pooled.size() / static_cast<std::size_t>(texts());
    const Vector more = scaled(fixture::row(pooled, size, i));
    u.insert(u.end(), more.begin(), more.end());
    return u;
  };
  double sum = 0, weights = 0;
  for (const Pair& pair : pairs(x)) {
    const bool degree = !pair.soft && pair.label > 0 && pair.label < 1;
    if (degree && options.loss.has(LossTerm::regression)) continue;
    const Vector u = read(pair.a), v = read(pair.b);
    Vector features;
    for (std::size_t i = 0; i < u.size(); ++i) features.push_back(std::abs(u[i] - v[i]));
    for (std::size_t i = 0; i < u.size(); ++i) features.push_back(u[i] * v[i]);
    Vector hidden = product(features, p.at("head.hidden.weight"));
    for (std::size_t k = 0; k < hidden.size(); ++k)
      hidden[k] = std::max(0.0, hidden[k] + p.at("head.hidden.bias")[k]);
    const double logit = dot(hidden, p.at("head.output.weight")) + p.at("head.output.bias")[0];
    const double probability = 1 / (1 + std::exp(-logit));
    sum -= pair.weight *
           (pair.label * std::log(probability) + (1 - pair.label) * std::log(1 - probability));
    weights += pair.weight;
  }
  return sum / weights;
}

/// −log softmax over the batch's tokens, mean over a text's own, mean over the texts.
inline double ObjectiveOracle::reconstruction_term(const Vector& x, const Named& p) const {
  const auto own = [&](std::int32_t i) {
    const auto ids = data.tokens(row(i));
    return std::set<std::int32_t>(ids.begin(), ids.end());
  };
  std::set<std::int32_t> tokens;
  for (std::int32_t i = 0; i < texts(); ++i) tokens.merge(own(i));
  double sum = 0;
  for (std::int32_t i = 0; i < texts(); ++i) {
    const Vector u = fixture::row(x, width(), i);
    double total = 0, inner = 0;
    for (const std::int32_t id : tokens)
      total += std::exp(dot(u, fixture::row(p.at("reconstruction.weight"), width(), id)));
    for (const std::int32_t id : own(i))
      inner += std::log(total) - dot(u, fixture::row(p.at("reconstruction.weight"), width(), id));
    sum += inner / static_cast<double>(own(i).size());
  }
  return sum / texts();
}

}  // namespace gemel::train::test
