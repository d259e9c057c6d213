#include "infer/engine/kernels.hpp"

#include <iterator>

#include "infer/engine/compiled.hpp"
#include "infer/engine/tiles.hpp"

namespace gemel::infer {
namespace {

bool always() {
  return true;
}
#if defined(GEMEL_X86_KERNELS)
bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && has_avx2();
}
bool has_bf16() {
  return has_avx512() && __builtin_cpu_supports("avx512bf16");
}
bool has_vnni() {
  return has_avx512() && __builtin_cpu_supports("avx512vnni");
}
bool has_amx() {
  return has_vnni() && may_use_tiles();
}
bool has_amx_bf16() {
  return has_bf16() && may_use_tiles();
}
#endif

constexpr KernelChoice kAll[] = {
    {"base",
     {Precision::f32, 4, base_step, base_project, base_project, nullptr, base_pool},
     always},
#if defined(GEMEL_X86_KERNELS)
    {"avx2",
     {Precision::f32, 8, avx2_step, avx2_project, avx2_project, nullptr, avx2_pool},
     has_avx2},
    {"avx512",
     {Precision::f32, 16, avx512_step, avx512_project, avx512_project, nullptr, avx512_pool},
     has_avx512},
    {"avx512bf16",
     {Precision::bf16, 16, bf16_step, avx512_project_bf16, avx512_project, nullptr, avx512_pool},
     has_bf16},
    {"avx512vnni",
     {Precision::int8, 16, vnni_step, avx512_project_bf16, avx512_project, vnni_project, vnni_pool},
     has_vnni},
    {"amx",
     {Precision::int8, 16, amx_step, avx512_project_bf16, avx512_project, amx_project, amx_pool,
      false},
     has_amx},
    {"amxbf16",
     {Precision::bf16, 16, amx_bf16_step, avx512_project_bf16, avx512_project, nullptr, avx512_pool,
      false},
     has_amx_bf16},
#endif
};

const KernelChoice* find(Precision precision) {
  const KernelChoice* best = nullptr;
  for (const KernelChoice& choice : kAll)
    if (choice.kernels.precision == precision && choice.available()) best = &choice;
  return best;
}

}  // namespace

bool supported(Precision precision) {
  return find(precision) != nullptr;
}

const Kernels& kernels(Precision precision) {
  const KernelChoice* const found = find(precision);
  return (found ? found : find(Precision::f32))->kernels;
}

KernelList all_kernels() {
  return {std::begin(kAll), std::end(kAll)};
}

}  // namespace gemel::infer
