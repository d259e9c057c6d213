#include "apps/calibration_text.hpp"

#include <cmath>
#include <cstdio>

namespace gemel::app {

std::string calibration_text(const CalibrationCurve& c) {
  char logarithm[64] = "", text[192];
  if (c.v > 0) std::snprintf(logarithm, sizeof logarithm, " - %.4f ln(d + %.4f)", c.v, c.near);
  std::snprintf(text, sizeof text, "p = sigmoid(-%.4f d%s %c %.4f)", c.w, logarithm,
                c.b < 0 ? '-' : '+', std::abs(c.b));
  return text;
}

}  // namespace gemel::app
