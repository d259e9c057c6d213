#define GEMEL_UNITS 16
#include "infer/engine/compiled.hpp"
#include "infer/engine/int8_rows.hpp"

namespace gemel::infer {

void vnni_step(const StepArgs& a) {
  step_int8_woven<true>(a);
}
void vnni_project(const CodeArgs& a) {
  project_int8<MultiplyRows<true, AllBlocks>>(a);
}
void vnni_pool(const PoolArgs& a) {
  pool_int8<true>(a);
}

}  // namespace gemel::infer
