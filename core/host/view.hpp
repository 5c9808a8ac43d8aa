// Views and gradients: operators without a kernel, and in-place changes seen through views.
#pragma once

#include "autograd/node.hpp"
#include "host/registry.hpp"

namespace hg {

/// The gradient of a node whose kernel has a backward (host/dispatch.cpp).
void kernel_backward(Node& node, Ref<TensorImpl>* dout, Ref<TensorImpl>* const* slot);

/// The gradient of any VIEW operator. The view's infer, asked about a contiguous input of
/// the same shape, tells where in a fresh gradient each element of dout belongs.
void view_backward(Node& node, Ref<TensorImpl>* dout, Ref<TensorImpl>* const* slot);

/// Throws unless the view `v`, starting `byte_offset` into the storage, lies inside it.
void check_view(const Operator& op, const hg_tensor& v, const Storage& storage,
                int64_t byte_offset);

/// `self` was just changed in place by the operation `node`, whose output 0 is its new
/// value: makes that its history, and if it is a view, part of its base's.
void adopt_history(TensorImpl* self, Ref<Node> node);

}  // namespace hg
