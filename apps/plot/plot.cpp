#include "apps/plot/plot.hpp"

#include <utf8.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <string_view>

#include "apps/plot/gnuplot.hpp"
#include "core/file.hpp"

namespace gemel::plot {
namespace {

// Okabe and Ito's palette.
constexpr std::array<std::string_view, 4> kColors = {"#0072B2", "#D55E00", "#009E73", "#888888"};

// A gnuplot literal: nothing is special between single quotes but the quote itself. An SVG file
// must be valid UTF-8, whatever the name of the file that a title quotes.
std::string quoted(const std::string& text) {
  std::string valid, out = "'";
  utf8::replace_invalid(text.begin(), text.end(), std::back_inserter(valid), U'\uFFFD');
  for (const char c : valid) {
    if (static_cast<unsigned char>(c) < 0x20)
      out += ' ';
    else
      out += c == '\'' ? std::string("''") : std::string(1, c);
  }
  return out + "'";
}

// Locale-independent, unlike printf.
std::string number(double value) {
  std::array<char, 40> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 9);
  return std::string(text.data(), end.ptr);
}

bool finite(const Point& p) {
  return std::isfinite(p.x) && std::isfinite(p.y);
}

std::string data_block(const std::string& block, const Series& series) {
  std::string out = block + " << END_OF_DATA\n";
  for (const Point& p : series.points)
    out += finite(p) ? number(p.x) + " " + number(p.y) + "\n" : "\n";
  return out + "END_OF_DATA\n";
}

std::string axis_lines(char axis, const Axis& a) {
  const std::string name(1, axis);
  const auto bound = [](const std::optional<double>& b) { return b ? number(*b) : "*"; };
  return "set " + name + "label " + quoted(a.label) + "\nset " + name + "range [" + bound(a.low) +
         ":" + bound(a.high) + "]\nset " + name + "tics " +
         (a.step ? number(*a.step) : "autofreq") + "\n";
}

std::string style_of(const Series& s) {
  const std::string color =
      " lc rgb '" + std::string(kColors[static_cast<std::size_t>(s.color) % kColors.size()]) + "'";
  switch (s.style) {
    case Style::line:
      return "lines lw 2" + color;
    case Style::line_with_points:
      return "linespoints lw 2 pt 7 ps 0.5" + color;
    case Style::points:
      return "points pt 6 ps 1.1 lw 2" + color;
    case Style::dashed:
      return "lines lw 1.5 dt 2" + color;
  }
  return "lines";
}

std::string panel_lines(const Panel& panel, std::size_t index) {
  std::string data, plot;
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const Series& s = panel.series[i];
    if (!std::any_of(s.points.begin(), s.points.end(), finite)) continue;
    const std::string block = "$data_" + std::to_string(index) + "_" + std::to_string(i);
    data += data_block(block, s);
    plot += (plot.empty() ? "plot " : ", ") + block + " using 1:2 with " + style_of(s) +
            (s.title.empty() ? " notitle" : " title " + quoted(s.title));
  }
  // An empty panel keeps its place, with axes and no curve.
  if (plot.empty()) plot = "set xrange [0:1]\nset yrange [0:1]\nplot NaN notitle";
  return data + "set title " + quoted(panel.title) + "\nset key " + panel.key + "\n" +
         axis_lines('x', panel.x) + axis_lines('y', panel.y) + plot + "\n";
}

}  // namespace

std::string svg_script(const std::string& title, const std::vector<Panel>& panels) {
  const std::string count = std::to_string(std::max<std::size_t>(panels.size(), 1));
  const std::string width = std::to_string(440 * std::max<std::size_t>(panels.size(), 1));
  std::string script = "set encoding utf8\nset terminal svg noenhanced size " + width +
                       ",400 font 'sans,13' background '#ffffff'\n"
                       "set border 3 lc rgb '#444444'\nset tics nomirror out\n"
                       "set grid lc rgb '#dddddd' lw 1\nset key samplen 2 opaque\n"
                       "set multiplot layout 1," +
                       count + " title " + quoted(title) + "\n";
  for (std::size_t i = 0; i < panels.size(); ++i) script += panel_lines(panels[i], i);
  return script + "unset multiplot\n";
}

void draw_svg(const std::string& path, const std::string& title, const std::vector<Panel>& panels) {
  const std::string picture = run_gnuplot(svg_script(title, panels), path);
  AtomicFile file(path);
  file.write(picture);
  file.commit();
}

}  // namespace gemel::plot
