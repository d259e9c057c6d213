#pragma once
#include <dnnl.hpp>
#include <utility>

/// oneDNN 2.6 describes an operation with P::desc, then asks for a primitive_desc; 3.x asks at
/// once, with the engine first. The operations' arguments are the same, so these functions are all
/// that differs for the primitives used here.
namespace gemel::dnn::bridge {

/// Primitive descriptor of a forward operation (or of one without a hint).
template <class Primitive, class... Args>
typename Primitive::primitive_desc describe(const dnnl::engine& engine,
                                            const dnnl::primitive_attr& attr, Args&&... args) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(engine, std::forward<Args>(args)..., attr);
#else
  return typename Primitive::primitive_desc(typename Primitive::desc(std::forward<Args>(args)...),
                                            attr, engine);
#endif
}

/// Primitive descriptor of a backward operation; `hint` is the forward operation's.
template <class Primitive, class Hint, class... Args>
typename Primitive::primitive_desc describe_backward(const dnnl::engine& engine,
                                                     const dnnl::primitive_attr& attr,
                                                     const Hint& hint, Args&&... args) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(engine, std::forward<Args>(args)..., hint, attr);
#else
  return typename Primitive::primitive_desc(typename Primitive::desc(std::forward<Args>(args)...),
                                            attr, engine, hint);
#endif
}

/// True for a layout that can be addressed by strides and blocks. RNN-packed weights cannot: they
/// embed the batch size and serve no other.
inline bool is_blocked(const dnnl::memory::desc& desc) {
#if DNNL_VERSION_MAJOR >= 3
  return desc.get_format_kind() == dnnl::memory::format_kind::blocked;
#else
  return desc.data.format_kind == dnnl_blocked;
#endif
}

/// Distances in elements between neighbours along each dimension of a layout without inner blocks;
/// empty for one with them.
inline dnnl::memory::dims plain_strides(const dnnl::memory::desc& desc) {
  if (!is_blocked(desc)) return {};
#if DNNL_VERSION_MAJOR >= 3
  return desc.get_inner_nblks() > 0 ? dnnl::memory::dims{} : desc.get_strides();
#else
  const dnnl_blocking_desc_t& blocking = desc.data.format_desc.blocking;
  if (blocking.inner_nblks > 0) return {};
  return dnnl::memory::dims(blocking.strides, blocking.strides + desc.data.ndims);
#endif
}

}  // namespace gemel::dnn::bridge
