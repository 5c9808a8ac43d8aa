#include "host/view.hpp"

#include <algorithm>
#include <cstring>

#include "host/dispatch.hpp"
#include "host/frame.hpp"

namespace hg {
namespace {

// Calls visit(element offset in a, element offset in b) for each index of a shape that two
// tensors share, in row-major order.
template <class Visit>
void walk(const hg_tensor& a, const hg_tensor& b, const Visit& visit) {
  int64_t index[max_rank] = {}, at_a = 0, at_b = 0;
  for (int64_t left = hg_numel(&a); left > 0; --left) {
    visit(at_a, at_b);
    for (int d = a.ndim - 1; d >= 0; --d) {
      at_a += a.strides[d];
      at_b += b.strides[d];
      if (++index[d] < a.shape[d]) break;
      at_a -= a.strides[d] * a.shape[d];
      at_b -= b.strides[d] * b.shape[d];
      index[d] = 0;
    }
  }
}

// dst += src, where elements of dst may coincide: each of them then receives a sum.
void add_elements(const hg_tensor& dst, const hg_tensor& src) {
  visit(dtype_of(dst), [&]<class T>() {
    T* d = static_cast<T*>(dst.data);
    const T* s = static_cast<const T*>(src.data);
    walk(dst, src, [&](int64_t i, int64_t j) { d[i] = T(d[i] + s[j]); });
  });
}

// May two indices of the view lead to the same element? Sorted by stride, each axis must
// step over everything that the smaller ones span. (It may say yes for a tangled view that
// has none; adding is then merely slower than copying.)
bool may_overlap(const hg_tensor& v) {
  std::vector<std::pair<int64_t, int64_t>> axes;  // stride, size
  for (int d = 0; d < v.ndim; ++d) {
    if (v.shape[d] > 1) axes.emplace_back(std::abs(v.strides[d]), v.shape[d]);
  }
  std::sort(axes.begin(), axes.end());
  int64_t span = 0;
  for (auto [stride, size] : axes) {
    if (stride <= span) return true;
    span += stride * (size - 1);
  }
  return false;
}

// `view` as sizes, strides and offset in elements of its contiguous base.
struct Window {
  Shape size, stride;
  int64_t offset;
};
Window window_of(const TensorImpl* view) {
  const TensorImpl* base = view->base.get();
  if (!is_contiguous(base->desc)) {
    throw Error("in-place change of a view",
                "its base " + shape_of(base->desc).to_string() +
                    " is not contiguous, so its gradient cannot be followed",
                "clone() the base first");
  }
  int64_t bytes = static_cast<char*>(view->desc.data) - static_cast<char*>(base->desc.data);
  return {shape_of(view->desc), strides_of(view->desc), bytes / (view->desc.bits / 8)};
}

}  // namespace

void check_view(const Operator& op, const hg_tensor& v, const Storage& storage,
                int64_t byte_offset) {
  int64_t low = 0, high = 0, width = v.bits / 8;
  for (int d = 0; d < v.ndim; ++d) {
    if (v.shape[d] == 0) return;
    int64_t reach;
    if (__builtin_mul_overflow(v.strides[d], v.shape[d] - 1, &reach) ||
        __builtin_mul_overflow(reach, width, &reach) ||
        __builtin_add_overflow(reach < 0 ? low : high, reach, reach < 0 ? &low : &high)) {
      high = INT64_MAX;
      break;
    }
  }
  int64_t end;
  bool inside = low >= -byte_offset && byte_offset >= 0 &&
                !__builtin_add_overflow(high, byte_offset + width, &end) &&
                end <= int64_t(storage.bytes);
  if (!inside) {
    throw Error(op.short_name(),
                "a view of " + shape_of(v).to_string() + " with strides " +
                    strides_of(v).to_string() + " at byte " + std::to_string(byte_offset) +
                    " does not lie inside the " + std::to_string(storage.bytes) +
                    " bytes of its tensor");
  }
}

void view_backward(Node& node, Ref<TensorImpl>* dout, Ref<TensorImpl>* const* slot) {
  if (!slot[0] || !dout[0]) return;
  Shape shape = shape_of(node.in[0]);
  Shape strides = contiguous_strides(shape);
  std::vector<hg_tensor> in(node.in, node.in + node.n_in);
  in[0].strides = strides.begin();
  in[0].data = &in;  // not NULL; infer does not look at elements

  Frame frame(*node.op);
  frame.out.resize(1);
  frame.call.n_in = node.n_in;
  frame.call.in = in.data();
  frame.call.n_out = 1;
  frame.call.out = frame.out.data();
  frame.call.n_attr = node.n_attr;
  frame.call.attr = node.attr;
  frame.invoke(node.op->def->infer, node.op->def, HG_INFER);
  hg_tensor v = frame.out[0];

  DType type = dtype_of(node.in[0]);
  Tensor dy = Tensor(dout[0]).to(type);
  bool complete = hg_numel(&v) == shape.numel() && !may_overlap(v);
  if (complete && is_contiguous(v)) {  // only the shape differs: share dy's memory
    dy = dy.contiguous();
    int64_t offset =
        static_cast<char*>(dy.data()) - static_cast<char*>(dy.impl()->storage->data);
    accumulate(*slot[0], Ref<TensorImpl>::adopt(new TensorImpl(
                             shape, strides, type, dy.impl()->storage, offset)));
    return;
  }
  Tensor dx = complete ? empty(shape, type) : zeros(shape, type);
  v.data = static_cast<char*>(dx.data()) + v.byte_offset;
  v.byte_offset = 0;
  if (hg_numel(&v) > 0) {
    if (may_overlap(v))
      add_elements(v, dy.desc());
    else
      copy_elements(v, dy.desc());
  }
  accumulate(*slot[0], Ref<TensorImpl>::share(dx.impl()));
}

Ref<Node> renew_view(TensorImpl* view) {
  static constinit const Op as_strided("core.as_strided");
  if (!edge_of(view->base.get())) return {};
  Window w = window_of(view);
  Value attributes[] = {w.size, w.stride, w.offset};
  Ref<Node> node =
      Node::make({&view->base->desc, 1}, {&view->desc, 1}, {}, as_span(attributes));
  node->op = &*as_strided;
  node->run = view_backward;
  node->connect(0, view->base.get());
  return node;
}

// Changing a view v of b in place changes b. In terms of values,
//
//     b_new = b_old with the window of v overwritten by v_new
//
// which is the operator as_strided_scatter. It becomes the history of b, and v is from then
// on a window of b_new.
void adopt_history(TensorImpl* self, Ref<Node> node) {
  if (!self->base) {
    self->node = std::move(node);
    self->output_index = 0;
    self->requires_grad = true;
    return;
  }
  static constinit const Op scatter("core.as_strided_scatter");
  TensorImpl* base = self->base.get();
  Window w = window_of(self);
  Value attributes[] = {w.size, w.stride, w.offset};
  const hg_tensor in[] = {base->desc, self->desc};
  Ref<Node> written = Node::make(in, {&base->desc, 1}, {}, as_span(attributes));
  written->op = &*scatter;
  written->kernel = *(*scatter).kernels(base->desc.dev_type, dtype_of(base->desc));
  written->run = kernel_backward;
  written->connect(0, base);
  written->number = std::max(written->number, node->number + 1);
  written->edge[1] = {node.leak(), nullptr, 0};
  base->node = std::move(written);
  base->output_index = 0;
  base->requires_grad = true;
  self->node = renew_view(self);
  self->output_index = 0;
  self->requires_grad = true;
  self->node_version = self->storage->version.load(std::memory_order_relaxed);
}

}  // namespace hg
