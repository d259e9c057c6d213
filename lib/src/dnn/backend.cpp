#include <string>

#include "dnn/bridge.hpp"
#include "dnn/context.hpp"
#include "dnn/context_impl.hpp"
#include "dnn/recurrent_plan.hpp"

namespace gemel::dnn {
namespace {

/// The implementation oneDNN picks for training in bf16; empty where it has none.
std::string bf16_implementation(Cell cell) {
  try {
    const RecurrentSizes sizes{64, 64, dnnl::memory::data_type::bf16, cell};
    return compile_training(sizes, choose_layouts(sizes), {4, 32, 64, 64})->implementation;
  } catch (const dnnl::error&) {
    return {};
  }
}

const std::string& cached_bf16_implementation(Cell cell) {
  static const std::string lstm = bf16_implementation(Cell::lstm);
  static const std::string gru = bf16_implementation(Cell::gru);
  return cell == Cell::gru ? gru : lstm;
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

bool supported(Precision precision, Cell cell) {
  if (precision == Precision::int8) return false;
  return precision == Precision::f32 || !cached_bf16_implementation(cell).empty();
}

bool supported(Precision precision) {
  return supported(precision, Cell::lstm) && supported(precision, Cell::gru);
}

Precision best_precision() {
  // "ref" emulates bf16 where the CPU lacks it, and is slower than f32. A GRU runs "ref"
  // everywhere, but where an LSTM runs brgemm the CPU has bf16, and the GRU is the faster for it,
  // too.
  const bool fast = cached_bf16_implementation(Cell::lstm).find("brgemm") != std::string::npos;
  return fast && supported(Precision::bf16) ? Precision::bf16 : Precision::f32;
}

std::string describe_backend() {
  const dnnl_version_t& v = *dnnl_version();
  return "oneDNN " + std::to_string(v.major) + "." + std::to_string(v.minor) + "." +
         std::to_string(v.patch) + ", " + isa_name();
}

}  // namespace gemel::dnn
