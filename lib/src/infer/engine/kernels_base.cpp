#define GEMEL_UNITS 4
#define GEMEL_ROWS 3
#include "infer/engine/compiled.hpp"
#include "infer/engine/lstm_step.hpp"

namespace gemel::infer {

void base_step(const StepArgs& a) {
  step<ProductF32, float, float>(a);
}
void base_project(const ProjectArgs& a) {
  project<float>(a);
}
void base_pool(const PoolArgs& a) {
  pool(a);
}

}  // namespace gemel::infer
