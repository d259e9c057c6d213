#define GEMEL_UNITS 16
#define GEMEL_ROWS 6
#include "infer/engine/compiled.hpp"
#include "infer/engine/lstm_step.hpp"

namespace gemel::infer {

void avx512_step(const StepArgs& a) {
  step<ProductF32, float, float>(a);
}
void avx512_project(const ProjectArgs& a) {
  project<float>(a);
}
void avx512_project_bf16(const ProjectArgs& a) {
  project<std::uint16_t>(a);
}
void avx512_pool(const PoolArgs& a) {
  pool(a);
}

}  // namespace gemel::infer
