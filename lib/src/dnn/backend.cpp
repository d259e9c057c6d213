#include <string>

#include "dnn/bridge.hpp"
#include "dnn/context.hpp"
#include "dnn/context_impl.hpp"
#include "dnn/lstm_plan.hpp"

namespace gemel::dnn {
namespace {

bool can_plan(dnnl::memory::data_type type) {
  try {
    choose_layouts({64, 64, type});
    return true;
  } catch (const dnnl::error&) {
    return false;
  }
}

std::string isa_name() {
  switch (dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_sse41:
      return "SSE41";
    case dnnl_cpu_isa_avx:
      return "AVX";
    case dnnl_cpu_isa_avx2:
      return "AVX2";
    case dnnl_cpu_isa_avx2_vnni:
      return "AVX2_VNNI";
    case dnnl_cpu_isa_avx512_core:
      return "AVX512_CORE";
    case dnnl_cpu_isa_avx512_core_vnni:
      return "AVX512_CORE_VNNI";
    case dnnl_cpu_isa_avx512_core_bf16:
      return "AVX512_CORE_BF16";
    case dnnl_cpu_isa_avx512_core_amx:
      return "AVX512_CORE_AMX";
#if DNNL_VERSION_MAJOR >= 3
    case dnnl_cpu_isa_avx2_vnni_2:
      return "AVX2_VNNI_2";
    case dnnl_cpu_isa_avx512_core_fp16:
      return "AVX512_CORE_FP16";
    case dnnl_cpu_isa_avx512_core_amx_fp16:
      return "AVX512_CORE_AMX_FP16";
#endif
    default:
      return "instruction set " + std::to_string(dnnl_get_effective_cpu_isa());
  }
}

}  // namespace

bool supported(Precision precision) {
  if (precision == Precision::f32) return true;
  static const bool bf16 = can_plan(dnnl::memory::data_type::bf16);
  return bf16;
}

Precision best_precision() {
  return supported(Precision::bf16) ? Precision::bf16 : Precision::f32;
}

std::string describe_backend() {
  const dnnl_version_t& v = *dnnl_version();
  return "oneDNN " + std::to_string(v.major) + "." + std::to_string(v.minor) + "." +
         std::to_string(v.patch) + ", " + isa_name();
}

}  // namespace gemel::dnn
