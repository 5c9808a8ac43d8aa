// The methods of Tensor that make views; views.cpp has the operators behind them.
#include "host/dispatch.hpp"
#include "ops/view_strides.hpp"

namespace hg {

Tensor Tensor::view(const Shape& shape) const {
  static constinit const Op op("core.view");
  return run(op, {this}, {shape});
}

Tensor Tensor::reshape(const Shape& shape) const {
  Shape wanted = shape;
  std::string problem = ops::fill_in_size(wanted, this->shape());
  if (!problem.empty()) throw Error("reshape", problem);
  bool possible = ops::view_strides(this->shape(), strides(), wanted).has_value();
  return possible ? view(wanted) : contiguous().view(wanted);
}

Tensor Tensor::flatten(int64_t start, int64_t end) const {
  int first = wrap_axis("flatten", start, dim()), last = wrap_axis("flatten", end, dim());
  if (first > last) {
    throw Error("flatten", "from axis " + std::to_string(first) + " to axis " +
                               std::to_string(last) + ": the first comes after the last");
  }
  if (dim() == 0) return reshape({1});
  Shape result;
  int64_t joined = 1;
  for (int d = 0; d < dim(); ++d) {
    bool inside = d >= first && d <= last;
    joined = inside ? joined * size(d) : size(d);
    if (!inside || d == last) result.push_back(joined);
    if (!inside) joined = 1;
  }
  return reshape(result);
}

Tensor Tensor::transpose(int64_t axis0, int64_t axis1) const {
  static constinit const Op op("core.transpose");
  return run(op, {this}, {axis0, axis1});
}

Tensor Tensor::t() const {
  if (dim() > 2) {
    throw Error("t",
                "a tensor " + shape().to_string() + " has " + std::to_string(dim()) +
                    " axes; t() takes at most 2",
                "transpose(axis0, axis1) names the two");
  }
  return transpose(0, dim() == 2 ? 1 : 0);
}

Tensor Tensor::T() const {
  Shape axes = shape();
  for (int d = 0; d < axes.size(); ++d) axes[d] = axes.size() - 1 - d;
  return permute(axes);
}

Tensor Tensor::permute(const Shape& axes) const {
  static constinit const Op op("core.permute");
  return run(op, {this}, {axes});
}

Tensor Tensor::expand(const Shape& sizes) const {
  static constinit const Op op("core.expand");
  return run(op, {this}, {sizes});
}

static constinit const Op squeeze_op("core.squeeze");

Tensor Tensor::squeeze() const { return run(squeeze_op, {this}); }

Tensor Tensor::squeeze(int64_t axis) const { return run(squeeze_op, {this}, {axis}); }

Tensor Tensor::unsqueeze(int64_t axis) const {
  static constinit const Op op("core.unsqueeze");
  return run(op, {this}, {axis});
}

Tensor Tensor::select(int64_t axis, int64_t index) const {
  static constinit const Op op("core.select");
  return run(op, {this}, {axis, index});
}

Tensor Tensor::slice(int64_t axis, std::optional<int64_t> start,
                     std::optional<int64_t> stop, int64_t step) const {
  static constinit const Op op("core.slice");
  return run(op, {this}, {axis, start, stop, step});
}

Tensor Tensor::diagonal(int64_t offset, int64_t axis0, int64_t axis1) const {
  static constinit const Op op("core.diagonal");
  return run(op, {this}, {offset, axis0, axis1});
}

Tensor Tensor::unfold(int64_t axis, int64_t size, int64_t step) const {
  static constinit const Op op("core.unfold");
  return run(op, {this}, {axis, size, step});
}

Tensor Tensor::narrow(int64_t axis, int64_t start, int64_t length) const {
  int64_t n = size(axis), first = start < 0 ? start + n : start;
  if (first < 0 || first > n || length < 0 || length > n - first) {
    throw Error("narrow", std::to_string(length) + " elements from " +
                              std::to_string(start) + " on, along axis " +
                              std::to_string(axis) + " of " + shape().to_string() +
                              ", which has size " + std::to_string(n));
  }
  return slice(axis, first, first + length);
}

std::vector<Tensor> Tensor::split(int64_t size, int64_t axis) const {
  int64_t n = this->size(axis);
  if (size < 0 || (size == 0 && n != 0)) {
    throw Error("split", "parts of size " + std::to_string(size) + " of axis " +
                             std::to_string(axis) + ", which has size " +
                             std::to_string(n));
  }
  std::vector<Tensor> parts;
  for (int64_t at = 0; at < n; at += size) {
    parts.push_back(slice(axis, at, std::min(n, at + size)));
  }
  if (parts.empty()) parts.push_back(slice(axis, 0, 0));
  return parts;
}

std::vector<Tensor> Tensor::chunk(int64_t count, int64_t axis) const {
  if (count <= 0) {
    throw Error("chunk", std::to_string(count) + " parts; there must be at least 1");
  }
  int64_t n = size(axis);
  if (n == 0) return std::vector<Tensor>(size_t(count), slice(axis, 0, 0));
  return split((n + count - 1) / count, axis);
}

std::vector<Tensor> Tensor::unbind(int64_t axis) const {
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < size(axis); ++i) parts.push_back(select(axis, i));
  return parts;
}

// A change of shape in place changes what every handle to the tensor sees. Where the graph
// knows the tensor by its shape, that would be a lie.
static TensorImpl& changeable(const char* operation, const Tensor& x) {
  TensorImpl& impl = *(x.desc(), x.impl());
  const char* why = impl.node          ? "the result of a recorded operation"
                  : impl.requires_grad ? "a leaf that requires a gradient"
                                       : nullptr;
  if (why) {
    throw Error(operation,
                "this tensor " + x.shape().to_string() + " is " + why +
                    ", whose shape cannot change in place",
                "without the underscore the operation makes a view");
  }
  return impl;
}

Tensor Tensor::t_() const {
  TensorImpl& impl = changeable("t_", *this);
  if (dim() > 2) {
    throw Error("t_", "a tensor " + shape().to_string() + " has " + std::to_string(dim()) +
                          " axes; t_() takes at most 2");
  }
  if (dim() == 2) {
    std::swap(impl.desc.shape[0], impl.desc.shape[1]);
    std::swap(impl.desc.strides[0], impl.desc.strides[1]);
  }
  return *this;
}

Tensor Tensor::unsqueeze_(int64_t axis) const {
  TensorImpl& impl = changeable("unsqueeze_", *this);
  Shape sizes = shape(), steps = strides();
  ops::insert_axis(sizes, steps, wrap_axis("unsqueeze_", axis, dim() + 1));
  impl.set_layout(sizes, steps);
  return *this;
}

}  // namespace hg
