#pragma once
#include "apps/train_data.hpp"

namespace gemel::app {

/// The vectors of those texts of the training data that the teacher knows. Throws Error where
/// texts and vectors do not fit, or where the teacher knows none of them.
train::Teacher read_teacher(const DataFiles&, const train::Dataset&);

}  // namespace gemel::app
