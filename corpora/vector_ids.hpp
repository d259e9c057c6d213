#pragma once
#include <string>
#include <vector>

namespace gemel {

/// The lines of an .ids file as `gemel embed` writes it: one id a line, with \t, \n, \r and \\ for
/// tab, line feed, carriage return and backslash. Error "FILE:LINE: …" at any other backslash, at
/// invalid UTF-8, and at an empty line.
std::vector<std::string> read_ids(const std::string& path);

}  // namespace gemel
