#pragma once
#include <cstddef>
#include <dnnl.hpp>
#include <memory>
#include <mutex>
#include <optional>

#include "core/aligned.hpp"
#include "dnn/context_impl.hpp"
#include "dnn/plan_cache.hpp"
#include "dnn/recurrent.hpp"
#include "dnn/recurrent_plan.hpp"

namespace gemel::dnn {

using Bytes = AlignedBuffer<std::byte>;

/// A buffer that fits `desc`; its contents survive if it fitted before.
inline std::byte* fit(Bytes& buffer, const dnnl::memory::desc& desc) {
  buffer.reserve_discard(desc.get_size());
  return buffer.data();
}

/// Somebody's buffer as a memory; primitives only read what they are given as an input.
inline dnnl::memory wrap(const dnnl::memory::desc& desc, const void* data) {
  return dnnl::memory(desc, cpu_engine(), const_cast<void*>(data));
}

struct Recurrent::Packed::State {
  Bytes infer_layer, infer_iter;
  Bytes train_layer, train_iter;  // empty where inference's layout serves, or no training
  Bytes back_layer, back_iter;    // training only
  Bytes bias;                     // [G, H]
  bool training = false;
};

struct Recurrent::Saved::State {
  Bytes workspace;
  std::int64_t steps = 0, texts = 0;  // of the forward call; 0 where there is none to go back over
};

struct Recurrent::Accumulator::State {
  Bytes layer, iter, bias;  // as RecurrentLayouts' diff_layer, diff_iter and bias
};

struct Recurrent::Impl {
  RecurrentSizes sizes;
  Precision precision;
  mutable PlanCache<TrainingShape, TrainingPlan> plans{256};

  Impl(const RecurrentSizes&, Precision);
  /// Made when first asked for: whoever only wants the parameters' shapes does not pay for it.
  const RecurrentLayouts& layouts() const { return compiled().layouts; }
  const InferencePlan& inference() const { return compiled().inference; }
  std::shared_ptr<const TrainingPlan> plan(const TrainingShape&) const;
  const Bytes& training_layer(const Packed::State& s) const {
    return layouts().train_layer == layouts().infer_layer ? s.infer_layer : s.train_layer;
  }
  const Bytes& training_iter(const Packed::State& s) const {
    return layouts().train_iter == layouts().infer_iter ? s.infer_iter : s.train_iter;
  }
  void infer(Context::Impl&, const Packed::State&, std::int64_t steps, std::int64_t texts,
             const std::byte* x, std::byte* y, std::int64_t y_stride) const;

 private:
  struct Compiled {
    RecurrentLayouts layouts;
    InferencePlan inference;
  };
  const Compiled& compiled() const;
  mutable std::once_flag once_;
  mutable std::optional<Compiled> compiled_;
};

}  // namespace gemel::dnn
