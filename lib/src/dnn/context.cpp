#include "dnn/context.hpp"

#include <dlfcn.h>

#include "dnn/context_impl.hpp"
#include "dnn/held_signals.hpp"

namespace gemel::dnn {
namespace {

/// The OpenMP runtime that oneDNN brought into this process. Looked up rather than linked: linking
/// one would add a second runtime wherever oneDNN was built with another, or with none.
struct OpenMp {
  using Set = void (*)(int);
  using Get = int (*)();
  Set set_num_threads = reinterpret_cast<Set>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  Get get_max_threads = reinterpret_cast<Get>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
  bool found() const { return set_num_threads && get_max_threads; }
};

const OpenMp& open_mp() {
  static const OpenMp runtime;
  return runtime;
}

}  // namespace

const dnnl::engine& cpu_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::primitive_attr user_scratchpad() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

SingleThreaded::SingleThreaded() : before_(open_mp().found() ? open_mp().get_max_threads() : 1) {
  if (before_ != 1) open_mp().set_num_threads(1);
}

SingleThreaded::~SingleThreaded() {
  if (before_ != 1) open_mp().set_num_threads(before_);
}

void Context::Impl::run(const dnnl::primitive& primitive,
                        const std::unordered_map<int, dnnl::memory>& arguments) {
  const HeldSignals guard;
  primitive.execute(stream, arguments);
  stream.wait();
}

void Context::Impl::reorder(const dnnl::memory::desc& from, const void* source,
                            const dnnl::memory::desc& to, void* target) {
  const dnnl::engine& engine = cpu_engine();
  const dnnl::reorder::primitive_desc pd(engine, from, engine, to, user_scratchpad());
  dnnl::memory input(from, engine, const_cast<void*>(source)), output(to, engine, target);
  run(dnnl::reorder(pd), {{DNNL_ARG_FROM, input},
                          {DNNL_ARG_TO, output},
                          {DNNL_ARG_SCRATCHPAD, scratchpad(pd.scratchpad_desc())}});
}

Context::Context() : impl_(std::make_unique<Impl>()) {}
Context::~Context() = default;

}  // namespace gemel::dnn
