#include "model/precision_check.hpp"

#include "core/check.hpp"
#include "core/encoder_config.hpp"
#include "model/json_fields.hpp"

namespace gemel {
namespace {

void check(const PrecisionCheck& c) {
  check_range("precisions.average_precision", c.average_precision, 0.0, 1.0);
  check_range("precisions.lost", c.lost, -1.0, 1.0);
  check_range("precisions.vector_error", c.vector_error, 0.0, 1e6);
}

}  // namespace

Precision fastest_exact(const std::vector<PrecisionCheck>& checks) {
  Precision best = Precision::f32;  // they are declared slowest first
  for (const PrecisionCheck& c : checks)
    if (c.lost <= kMostLost && c.precision > best) best = c.precision;
  return best;
}

std::string precision_checks_to_json(const std::vector<PrecisionCheck>& checks) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const PrecisionCheck& c : checks) {
    check(c);
    list.push_back({{"precision", name(c.precision)},
                    {"average_precision", c.average_precision},
                    {"lost", c.lost},
                    {"vector_error", c.vector_error},
                    {"measured_on", c.measured_on},
                    {"pairs", c.pairs}});
  }
  try {
    return list.dump();
  } catch (const nlohmann::ordered_json::type_error&) {
    throw Error("precisions", "is not valid UTF-8", "give it as UTF-8");
  }
}

std::vector<PrecisionCheck> precision_checks_from_json(const std::string& where,
                                                       const std::string& text) {
  const JsonFields all = JsonFields::parse(where, R"({"precisions":)" + text + "}");
  std::vector<PrecisionCheck> checks;
  for (const JsonFields& fields : all.objects("precisions")) {
    PrecisionCheck& c = checks.emplace_back();
    std::string precision;
    fields.require("precision", precision);
    fields.require("average_precision", c.average_precision);
    fields.require("lost", c.lost);
    fields.read("vector_error", c.vector_error);
    fields.read("measured_on", c.measured_on);
    fields.read("pairs", c.pairs);
    with_place(where + ", ", [&] {
      c.precision = precision_from_name(precision);
      check(c);
    });
  }
  return checks;
}

}  // namespace gemel
