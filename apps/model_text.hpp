#pragma once
#include <cstdint>
#include <string>

#include "model/bundle.hpp"

namespace gemel::app {

/// A model's encoder, or its towers and their links, and its pair head, a line each.
std::string model_text(const Bundle&);

/// "16 of 32 recurrent blocks are zero"
std::string zero_blocks_text(std::int64_t zero, std::int64_t all);

}  // namespace gemel::app
