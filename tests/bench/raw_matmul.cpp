#include "tests/bench/raw_matmul.hpp"

#include <cstring>
#include <dnnl.hpp>

#include "dnn/bridge.hpp"
#include "dnn/context_impl.hpp"

namespace gemel::bench {

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;

struct RawMatmul::Impl {
  dnnl::stream stream{dnn::cpu_engine()};
  memory x, weights, y;
  dnnl::matmul product;

  Impl(std::int64_t m, std::int64_t k, std::int64_t n, Precision precision) {
    const Type in = precision == Precision::f32    ? Type::f32
                    : precision == Precision::bf16 ? Type::bf16
                                                   : Type::u8;
    const Type weight = precision == Precision::int8 ? Type::s8 : in;
    const Type out = precision == Precision::int8 ? Type::s32 : Type::f32;
    const auto description = dnn::bridge::describe<dnnl::matmul>(
        dnn::cpu_engine(), dnnl::primitive_attr(), memory::desc({m, k}, in, Tag::ab),
        memory::desc({k, n}, weight, Tag::any), memory::desc({m, n}, out, Tag::ab));
    x = memory(description.src_desc(), dnn::cpu_engine());
    weights = memory(description.weights_desc(), dnn::cpu_engine());
    y = memory(description.dst_desc(), dnn::cpu_engine());
    for (const memory& part : {x, weights})
      std::memset(part.get_data_handle(), 0, part.get_desc().get_size());
    product = dnnl::matmul(description);
  }
};

RawMatmul::RawMatmul(std::int64_t m, std::int64_t k, std::int64_t n, Precision precision)
    : impl_(std::make_unique<Impl>(m, k, n, precision)) {}
RawMatmul::~RawMatmul() = default;

void RawMatmul::run() {
  impl_->product.execute(
      impl_->stream,
      {{DNNL_ARG_SRC, impl_->x}, {DNNL_ARG_WEIGHTS, impl_->weights}, {DNNL_ARG_DST, impl_->y}});
  impl_->stream.wait();
}

}  // namespace gemel::bench
