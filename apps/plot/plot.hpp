#pragma once
#include <optional>
#include <string>
#include <vector>

namespace gemel::plot {

struct Point {
  double x = 0, y = 0;  // a point that is not finite is left out and breaks the line
};

enum class Style { line, line_with_points, points, dashed };

struct Series {
  std::string title;  // in the key; empty for none
  Style style = Style::line;
  int color = 0;  // 0 blue, 1 vermillion, 2 green, 3 grey (told apart by the colour-blind)
  std::vector<Point> points;
};

struct Axis {
  std::string label;
  std::optional<double> low, high;  // absent: from the data
  std::optional<double> step;       // between marks; absent: chosen
};

/// One diagram. Text is taken literally, whatever it holds.
struct Panel {
  std::string title;
  Axis x, y;
  std::string key = "top right";  // gnuplot's words for the key's place
  std::vector<Series> series;     // those without a finite point are left out
};

/// The gnuplot script that draws panels side by side as SVG, 440 by 400 pixels each.
std::string svg_script(const std::string& title, const std::vector<Panel>& panels);

/// Draws panels into an SVG file, whole or not at all. Errors as run_gnuplot() and AtomicFile.
void draw_svg(const std::string& path, const std::string& title, const std::vector<Panel>& panels);

}  // namespace gemel::plot
