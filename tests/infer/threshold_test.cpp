// What decisions rest on where a bundle holds no threshold.
#include <doctest.h>

#include <cmath>
#include <gemel/gemel.hpp>

#include "tests/infer/tiny_model.hpp"
#include "tests/model/sample_bundle.hpp"

using namespace gemel;
using namespace gemel::test;

TEST_CASE("without a stored threshold, accuracy means a probability of one half") {
  const TemporaryFolder folder;
  Bundle b = tiny_bundle();
  b.thresholds = {};
  b.calibration = Calibration{8, 2, 0, ""};  // p = ½ at d = b/w = 0.25
  write_tiny_model(folder.file("cosine"), b);
  CHECK(Model::load(folder.file("cosine")).threshold(Goal::accuracy) == 0.75f);
  CHECK_FALSE(Model::load(folder.file("cosine")).threshold(Goal::precision).has_value());
  b.metric = Metric::euclidean;
  write_tiny_model(folder.file("euclidean"), b);
  CHECK(Model::load(folder.file("euclidean")).threshold(Goal::accuracy) == -0.25f);
  b.calibration->w = -8;  // would make far texts duplicates
  write_tiny_model(folder.file("inverted"), b);
  CHECK_FALSE(Model::load(folder.file("inverted")).threshold(Goal::accuracy).has_value());
}

TEST_CASE("without calibration there is no probability, without either no verdict") {
  const TemporaryFolder folder;
  Bundle b = tiny_bundle();
  b.calibration.reset();
  write_tiny_model(folder.file("m"), b);
  const Comparison c = Model::load(folder.file("m")).compare("how old", "what");
  CHECK(std::isnan(c.probability));
  b.thresholds = {};
  write_tiny_model(folder.file("m"), b);
  const Model model = Model::load(folder.file("m"));
  CHECK(message_of([&] { model.compare("how old", "what"); }) ==
        folder.file("m") +
            ": holds no threshold for accuracy; run 'gemel evaluate' on labelled "
            "pairs to find one");
}
