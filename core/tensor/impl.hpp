// What a Tensor handle points to.
#pragma once

#include <vector>

#include "tensor/dtype.hpp"
#include "tensor/shape.hpp"
#include "tensor/storage.hpp"

namespace hg {

struct Node;        // an operation in the recorded graph: autograd/node.hpp
struct TensorHooks;  // functions to call with a gradient: autograd/node.hpp
void retain(Node* n) noexcept;
void release(Node* n) noexcept;

/// Shape, type and place of the elements (`desc`, which is what kernels see), the memory
/// they lie in, and what automatic differentiation knows about them.
struct TensorImpl {
  RefCount refs;
  uint32_t output_index = 0;  // which output of `node` this is
  hg_tensor desc{};           // its shape and strides point into `dims`
  Ref<Storage> storage;

  Ref<Node> node;        // what computed it; none for a leaf
  Ref<TensorImpl> grad;  // dL/d(this), added up over backward passes; leaves only
  Ref<TensorImpl> base;  // of a view: the tensor whose memory it shares
  uint32_t node_version = 0;   // of a view: the storage's version that `node` stands for
  bool requires_grad = false;  // set by the user (leaf), or because an input had it
  bool weak = false;           // a plain C++ number: yields to tensors in promotion
  bool retains_grad = false;
  TensorHooks* hooks = nullptr;
  // Sizes, and strides right behind them: all that is read of a vector or a number lies in
  // two lines of the cache.
  int64_t dims[2 * max_rank];

  TensorImpl(const Shape& shape, const Shape& strides, DType type, Ref<Storage> memory,
             int64_t byte_offset)
      : storage(std::move(memory)) {
    desc.data = static_cast<char*>(storage->data) + byte_offset;
    desc.dev_type = storage->device.type;
    desc.dev_id = storage->device.index;
    desc.code = info(type).code;
    desc.bits = info(type).bits;
    desc.lanes = 1;
    set_layout(shape, strides);
  }
  /// Contiguous, with the shape and type of `like`, at the start of `memory`.
  TensorImpl(const hg_tensor& like, Ref<Storage> memory)
      : desc(like), storage(std::move(memory)) {
    desc.data = storage->data;
    desc.dev_type = storage->device.type;
    desc.dev_id = storage->device.index;
    desc.lanes = 1;
    desc.shape = dims;
    desc.strides = dims + like.ndim;
    desc.byte_offset = 0;
    int64_t step = 1;
    for (int d = like.ndim - 1; d >= 0; --d) {
      desc.shape[d] = like.shape[d];
      desc.strides[d] = step;
      step *= like.shape[d] > 0 ? like.shape[d] : 1;
    }
  }
  TensorImpl(const TensorImpl&) = delete;

  void set_layout(const Shape& shape, const Shape& strides) {
    desc.ndim = shape.size();
    desc.shape = dims;
    desc.strides = dims + desc.ndim;
    std::copy(shape.begin(), shape.end(), desc.shape);
    std::copy(strides.begin(), strides.end(), desc.strides);
  }

  static void* operator new(size_t bytes);
  static void operator delete(void* p);
};

inline void retain(TensorImpl* t) noexcept { t->refs.increment(); }
/// Tells the graph that this tensor goes (autograd/node.cpp). For those that set retains_grad
/// or hooks.
void forget_tensor(TensorImpl* t) noexcept;
void destroy(TensorImpl* t) noexcept;
inline void release(TensorImpl* t) noexcept {
  if (t->refs.decrement()) destroy(t);
}

// ---- small questions about a descriptor -------------------------------------------------

inline Shape shape_of(const hg_tensor& t) {
  return std::span<const int64_t>(t.shape, size_t(t.ndim));
}
inline Shape strides_of(const hg_tensor& t) {
  return std::span<const int64_t>(t.strides, size_t(t.ndim));
}
inline bool is_given(const hg_tensor& t) { return t.ndim >= 0; }

/// The element type of a descriptor, by a table lookup: code * 8 + log2(bits).
inline DType dtype_of(const hg_tensor& t) {
  static constexpr auto table = [] {
    struct { DType type[64] = {}; } result;
    for (int i = 0; i < dtype_count; ++i) {
      const DTypeInfo& d = dtype_infos[i];
      result.type[d.code * 8 + std::countr_zero(unsigned(d.bits))] = DType(i);
    }
    return result;
  }();
  return table.type[t.code * 8 + std::countr_zero(unsigned(t.bits))];
}

/// Row-major without gaps. Axes of size 1 may have any stride; so may empty tensors.
inline bool is_contiguous(const hg_tensor& t) {
  int64_t step = 1;
  for (int d = t.ndim - 1; d >= 0; --d) {
    if (t.shape[d] == 0) return true;
    if (t.shape[d] != 1) {
      if (t.strides[d] != step) return false;
      step *= t.shape[d];
    }
  }
  return true;
}

inline bool same_shape(const hg_tensor& a, const hg_tensor& b) {
  return a.ndim == b.ndim && std::equal(a.shape, a.shape + a.ndim, b.shape);
}

/// A fresh contiguous tensor on the CPU with undefined contents.
Ref<TensorImpl> new_tensor(const Shape& shape, DType type);
/// The same, with the shape and type of `like`.
Ref<TensorImpl> new_tensor(const hg_tensor& like);

/// Copies src into dst, element by element in row-major order, converting the type. src's
/// shape must be dst's or broadcast to it; strides are free; memory must not overlap.
void copy_elements(const hg_tensor& dst, const hg_tensor& src);

}  // namespace hg
