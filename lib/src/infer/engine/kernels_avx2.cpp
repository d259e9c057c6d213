#define GEMEL_UNITS 8
#define GEMEL_ROWS 3
#include "infer/engine/compiled.hpp"
#include "infer/engine/lstm_step.hpp"

namespace gemel::infer {

void avx2_step(const StepArgs& a) {
  step<ProductF32, float, float>(a);
}
void avx2_project(const ProjectArgs& a) {
  project<float>(a);
}
void avx2_pool(const PoolArgs& a) {
  pool(a);
}

}  // namespace gemel::infer
