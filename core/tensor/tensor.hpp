// Tensor: an n-dimensional array that can remember how it was computed.
//
// A Tensor is a handle. Copying one copies the handle, not the numbers: both then see the
// same memory, and a change through one shows through the other. clone() copies numbers.
//
// Everything a tensor can do is declared here, so that one page shows it all; each
// operation is defined beside its formula and its derivative, in core/ops.
// Names, defaults and results are PyTorch's; where they differ, the declaration says so.
#pragma once

#include <array>
#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tensor/dtype.hpp"
#include "tensor/impl.hpp"
#include "tensor/scalar.hpp"
#include "tensor/shape.hpp"

namespace hg {

class Tensor;
class Indexed;
class Index;
struct Generator;

/// What max(dim), min(dim), sort and topk return: the values, and where they stood (i64).
struct ValuesIndices;

class Tensor {
 public:
  /// A handle to nothing: defined() is false.
  Tensor() = default;
  explicit Tensor(Ref<TensorImpl> impl) : impl_(std::move(impl)) {}

  bool defined() const { return bool(impl_); }
  TensorImpl* impl() const { return impl_.get(); }
  /// Do two handles refer to the same tensor (not merely to equal numbers)?
  bool is(const Tensor& other) const { return impl_ == other.impl_; }

  // ---- what it is -----------------------------------------------------------------------
  Shape shape() const { return shape_of(desc()); }
  Shape strides() const { return strides_of(desc()); }
  Shape size() const { return shape(); }
  int64_t size(int64_t axis) const;
  /// The sizes to unpack, `auto [r, c] = x.sizes<2>()`. Throws unless there are N axes.
  template <size_t N>
  std::array<int64_t, N> sizes() const {
    if (size_t(dim()) != N) {
      throw Error("sizes", shape().to_string() + " has not " + std::to_string(N) + " axes");
    }
    std::array<int64_t, N> list;
    std::copy(desc().shape, desc().shape + N, list.begin());
    return list;
  }
  int dim() const { return desc().ndim; }
  int64_t numel() const { return hg_numel(&desc()); }
  /// The size of axis 0. Throws for rank 0.
  int64_t len() const;
  DType dtype() const { return dtype_of(desc()); }
  Device device() const { return {desc().dev_type, desc().dev_id}; }
  bool is_contiguous() const { return hg::is_contiguous(desc()); }
  /// The descriptor that kernels see. Throws if the handle is empty.
  const hg_tensor& desc() const {
    if (!impl_) throw_undefined();
    return impl_->desc;
  }

  // ---- its numbers ----------------------------------------------------------------------
  /// All elements in memory order, without a copy, for reading and writing. The tensor must
  /// be contiguous and of type T.
  template <class T>
  std::span<T> span() const {
    return {static_cast<T*>(checked_data(dtype_of<T>())), size_t(numel())};
  }
  /// The only element, as a C++ number. Throws unless numel() is 1.
  double item() const;
  template <class T>
  T item() const;
  explicit operator float() const { return float(item()); }
  explicit operator double() const { return item(); }
  void* data() const { return desc().data; }
  /// The elements in row-major order, copied and converted.
  template <class T>
  std::vector<T> to_vector() const;
  std::string to_string() const;  ///< as PyTorch prints it

  // ---- gradients (autograd/) ------------------------------------------------------------
  bool requires_grad() const;
  /// Asks for gradients with respect to this tensor. Floating-point leaves only.
  Tensor requires_grad_(bool on = true) const;
  /// dL/d(this), filled by backward(); an undefined Tensor before that. It accumulates.
  Tensor grad() const;
  void set_grad(const Tensor& g) const;
  /// Forgets the gradient (PyTorch's set_to_none; grad() is undefined afterwards).
  void zero_grad() const;
  bool is_leaf() const;
  /// The name of the operation that computed it, "AddBackward"; empty for a leaf.
  std::string grad_fn() const;
  /// Computes dL/dx for every leaf x that led here, L being this tensor (one element), or
  /// sum(gradient * this) when a gradient is given. Frees the graph unless retained.
  void backward(const Tensor& gradient = {}, bool retain_graph = false,
                bool create_graph = false) const;
  /// The same numbers, without the history. Shares memory.
  Tensor detach() const;
  Tensor detach_() const;
  /// Calls `hook` with dL/d(this) when it is complete; a defined result replaces it.
  /// Returns a number for remove_hook.
  size_t register_hook(std::function<Tensor(const Tensor&)> hook) const;
  void remove_hook(size_t number) const;
  /// Keeps grad() of a tensor that is not a leaf.
  void retain_grad() const;
  /// How often the memory was changed in place.
  uint32_t version() const { return desc(), impl_->storage->version.load(); }

  // ---- views: same memory, other shape (ops/views.cpp) ----------------------------------
  Tensor view(const Shape& shape) const;     ///< -1 for one size; never copies, else throws
  Tensor reshape(const Shape& shape) const;  ///< a view where possible, else a copy
  Tensor view_as(const Tensor& other) const { return view(other.shape()); }
  Tensor reshape_as(const Tensor& other) const { return reshape(other.shape()); }
  Tensor flatten(int64_t start = 0, int64_t end = -1) const;
  Tensor transpose(int64_t axis0, int64_t axis1) const;
  Tensor t() const;   ///< of rank 0 to 2
  Tensor T() const;   ///< all axes reversed
  Tensor permute(const Shape& axes) const;
  Tensor expand(const Shape& sizes) const;  ///< -1 keeps a size
  Tensor expand_as(const Tensor& other) const { return expand(other.shape()); }
  Tensor broadcast_to(const Shape& sizes) const { return expand(sizes); }
  Tensor squeeze() const;
  Tensor squeeze(int64_t axis) const;
  Tensor unsqueeze(int64_t axis) const;
  Tensor select(int64_t axis, int64_t index) const;
  /// Elements start, start+step, ... below stop; bounds count from the end when negative.
  Tensor slice(int64_t axis, std::optional<int64_t> start = {},
               std::optional<int64_t> stop = {}, int64_t step = 1) const;
  Tensor narrow(int64_t axis, int64_t start, int64_t length) const;
  Tensor diagonal(int64_t offset = 0, int64_t axis0 = 0, int64_t axis1 = 1) const;
  /// All windows of `size` elements along an axis, one every `step`; the windows are
  /// counted by that axis, their elements by a new last one.
  Tensor unfold(int64_t axis, int64_t size, int64_t step) const;
  std::vector<Tensor> split(int64_t size, int64_t axis = 0) const;
  std::vector<Tensor> chunk(int64_t count, int64_t axis = 0) const;
  std::vector<Tensor> unbind(int64_t axis = 0) const;
  Tensor t_() const;
  Tensor unsqueeze_(int64_t axis) const;

  // ---- indexing: x[0], x[{1, all, slice(0,3)}], x[mask] (tensor/index.hpp) --------------
  Indexed operator[](const Index& index) const;
  Indexed operator[](std::initializer_list<Index> indices) const;

  // ---- copies and conversions -----------------------------------------------------------
  Tensor clone() const;
  Tensor contiguous() const;  ///< itself if it is already
  /// The whole tensor repeats[d] times along axis d; more repeats than axes add axes in
  /// front.
  Tensor repeat(const Shape& repeats) const;
  /// Each element `repeats` times, beside itself, along an axis.
  Tensor repeat_interleave(int64_t repeats, int64_t axis) const;
  /// Elements move along each axis by its shift; those pushed over the end come in again.
  Tensor roll(const Shape& shifts, const Shape& axes) const;
  Tensor roll(int64_t shift) const;          ///< of the flattened tensor
  Tensor flip(const Shape& axes) const;      ///< the order along these axes reversed
  Tensor tril(int64_t diagonal = 0) const;   ///< 0 above a diagonal of the last two axes
  Tensor triu(int64_t diagonal = 0) const;   ///< 0 below it
  Tensor to(DType type) const;
  Tensor to(const std::string& device) const;  ///< "cpu", "cuda", "cuda:1"
  Tensor type(DType t) const { return to(t); }
  Tensor type_as(const Tensor& other) const { return to(other.dtype()); }
  Tensor to_float() const { return to(f32); }
  Tensor to_double() const { return to(f64); }
  Tensor to_long() const { return to(i64); }
  Tensor to_int() const { return to(i32); }
  Tensor to_bool() const { return to(bool_); }

  // new tensors of this one's type unless another is named
  Tensor new_empty(const Shape& shape, std::optional<DType> type = {}) const;
  Tensor new_zeros(const Shape& shape, std::optional<DType> type = {}) const;
  Tensor new_ones(const Shape& shape, std::optional<DType> type = {}) const;
  Tensor new_full(const Shape& shape, Scalar value, std::optional<DType> type = {}) const;

  // ---- arithmetic, element by element, with broadcasting --------------------------------
  Tensor add(const Tensor& other, Scalar alpha = 1) const;  ///< this + alpha * other
  Tensor add(Scalar other) const;
  Tensor sub(const Tensor& other, Scalar alpha = 1) const;
  Tensor sub(Scalar other) const;
  Tensor mul(const Tensor& other) const;
  Tensor mul(Scalar other) const;
  Tensor div(const Tensor& other) const;
  Tensor div(Scalar other) const;
  Tensor pow(const Tensor& exponent) const;
  Tensor pow(Scalar exponent) const;
  Tensor remainder(const Tensor& other) const;
  Tensor remainder(Scalar other) const;
  Tensor neg() const;
  Tensor abs() const;
  Tensor sign() const;
  Tensor exp() const;
  Tensor expm1() const;  ///< e^x - 1, exact near 0
  Tensor log() const;
  Tensor log2() const;
  Tensor log10() const;
  Tensor log1p() const;  ///< log(1 + x), exact near 0
  Tensor sqrt() const;
  Tensor square() const;
  Tensor reciprocal() const;
  Tensor sin() const;
  Tensor cos() const;
  Tensor tan() const;
  Tensor asin() const;
  Tensor acos() const;
  Tensor atan() const;
  Tensor sinh() const;
  Tensor cosh() const;
  Tensor tanh() const;
  Tensor erf() const;
  Tensor floor() const;
  Tensor ceil() const;
  Tensor trunc() const;
  Tensor round(int64_t decimals = 0) const;  ///< a half goes to the even neighbour
  Tensor sigmoid() const;
  Tensor relu() const;
  Tensor clamp(std::optional<Scalar> min, std::optional<Scalar> max = {}) const;
  Tensor maximum(const Tensor& other) const;
  Tensor minimum(const Tensor& other) const;

  // ---- comparison: results are bool -----------------------------------------------------
  Tensor eq(const Tensor& other) const;
  Tensor ne(const Tensor& other) const;
  Tensor lt(const Tensor& other) const;
  Tensor le(const Tensor& other) const;
  Tensor gt(const Tensor& other) const;
  Tensor ge(const Tensor& other) const;
  Tensor isnan() const;
  Tensor isinf() const;
  Tensor isfinite() const;
  Tensor logical_not() const;
  Tensor logical_and(const Tensor& other) const;
  Tensor logical_or(const Tensor& other) const;
  Tensor logical_xor(const Tensor& other) const;
  /// Same shape and same elements?
  bool equal(const Tensor& other) const;
  /// |this - other| <= atol + rtol*|other| everywhere?
  bool allclose(const Tensor& other, double rtol = 1e-5, double atol = 1e-8,
                bool equal_nan = false) const;

  // ---- reductions -----------------------------------------------------------------------
  Tensor sum() const;
  Tensor sum(int64_t axis, bool keepdim = false) const;
  Tensor sum(const Shape& axes, bool keepdim = false) const;
  Tensor mean() const;
  Tensor mean(int64_t axis, bool keepdim = false) const;
  Tensor mean(const Shape& axes, bool keepdim = false) const;
  Tensor max() const;
  ValuesIndices max(int64_t axis, bool keepdim = false) const;
  Tensor min() const;
  ValuesIndices min(int64_t axis, bool keepdim = false) const;
  Tensor argmax() const;
  Tensor argmax(int64_t axis, bool keepdim = false) const;
  Tensor argmin() const;
  Tensor argmin(int64_t axis, bool keepdim = false) const;
  Tensor cumsum(int64_t axis) const;
  Tensor cumprod(int64_t axis) const;
  Tensor prod() const;
  Tensor prod(int64_t axis, bool keepdim = false) const;
  /// The mean squared distance from the mean, dividing by n - correction. Without axes
  /// ({}), over all elements. std is its root.
  Tensor var(const Shape& axes = {}, int64_t correction = 1, bool keepdim = false) const;
  Tensor var(int64_t axis, int64_t correction = 1, bool keepdim = false) const;
  Tensor var(std::initializer_list<int64_t> axes, int64_t correction = 1,
             bool keepdim = false) const {
    return var(Shape(axes), correction, keepdim);
  }
  Tensor std(const Shape& axes = {}, int64_t correction = 1, bool keepdim = false) const;
  Tensor std(int64_t axis, int64_t correction = 1, bool keepdim = false) const;
  Tensor std(std::initializer_list<int64_t> axes, int64_t correction = 1,
             bool keepdim = false) const {
    return std(Shape(axes), correction, keepdim);
  }
  Tensor logsumexp(int64_t axis, bool keepdim = false) const;  ///< log(sum exp(x))
  Tensor logsumexp(const Shape& axes, bool keepdim = false) const;
  Tensor norm() const;  ///< the 2-norm (Frobenius): sqrt of the sum of squares
  Tensor norm(double p) const;
  Tensor norm(double p, const Shape& axes, bool keepdim = false) const;
  Tensor all() const;
  Tensor all(int64_t axis, bool keepdim = false) const;
  Tensor any() const;
  Tensor any(int64_t axis, bool keepdim = false) const;

  // ---- products -------------------------------------------------------------------------
  Tensor matmul(const Tensor& other) const;  ///< all of PyTorch's rank rules
  Tensor mm(const Tensor& other) const;      ///< (n,m) x (m,p), nothing else
  Tensor mv(const Tensor& vector) const;     ///< (n,m) x (m)
  Tensor dot(const Tensor& other) const;     ///< (n) x (n)
  Tensor bmm(const Tensor& other) const;     ///< (b,n,m) x (b,m,p)
  Tensor outer(const Tensor& other) const;   ///< (n) x (m) gives (n,m)

  // ---- choosing -------------------------------------------------------------------------
  Tensor gather(int64_t axis, const Tensor& index) const;
  Tensor index_select(int64_t axis, const Tensor& index) const;
  Tensor masked_select(const Tensor& mask) const;
  Tensor masked_fill(const Tensor& mask, Scalar value) const;
  Tensor nonzero() const;
  /// Along an axis, in rising order; equal elements keep their order, and nan counts as
  /// the largest number of all.
  ValuesIndices sort(int64_t axis = -1, bool descending = false) const;
  Tensor argsort(int64_t axis = -1, bool descending = false) const;
  /// The k largest (or smallest) along an axis, the most extreme first.
  ValuesIndices topk(int64_t k, int64_t axis = -1, bool largest = true) const;
  /// A copy in which element [.., index[.., i, ..], ..] is source[.., i, ..].
  Tensor scatter(int64_t axis, const Tensor& index, const Tensor& source) const;
  Tensor scatter(int64_t axis, const Tensor& index, Scalar value) const;
  /// The same, adding; the transpose of gather.
  Tensor scatter_add(int64_t axis, const Tensor& index, const Tensor& source) const;
  Tensor index_put(const std::vector<Tensor>& indices, const Tensor& values,
                   bool accumulate = false) const;
  Tensor softmax(int64_t axis) const;
  Tensor log_softmax(int64_t axis) const;

  // ---- in place: change this tensor's memory, return this tensor ------------------------
  Tensor add_(const Tensor& other, Scalar alpha = 1) const;
  Tensor add_(Scalar other) const;
  Tensor sub_(const Tensor& other, Scalar alpha = 1) const;
  Tensor sub_(Scalar other) const;
  Tensor mul_(const Tensor& other) const;
  Tensor mul_(Scalar other) const;
  Tensor div_(const Tensor& other) const;
  Tensor div_(Scalar other) const;
  Tensor pow_(Scalar exponent) const;
  Tensor neg_() const;
  Tensor abs_() const;
  Tensor exp_() const;
  Tensor floor_() const;
  Tensor ceil_() const;
  Tensor round_() const;
  Tensor log_() const;
  Tensor sqrt_() const;
  Tensor tanh_() const;
  Tensor sigmoid_() const;
  Tensor relu_() const;
  Tensor clamp_(std::optional<Scalar> min, std::optional<Scalar> max = {}) const;
  Tensor copy_(const Tensor& source) const;  ///< broadcasts and converts
  Tensor fill_(Scalar value) const;
  Tensor zero_() const;
  Tensor masked_fill_(const Tensor& mask, Scalar value) const;
  Tensor index_put_(const std::vector<Tensor>& indices, const Tensor& values,
                    bool accumulate = false) const;
  Tensor scatter_(int64_t axis, const Tensor& index, const Tensor& source) const;
  Tensor scatter_(int64_t axis, const Tensor& index, Scalar value) const;
  Tensor scatter_add_(int64_t axis, const Tensor& index, const Tensor& source) const;
  /// 1 with probability p, else 0; p may be a tensor of probabilities.
  Tensor bernoulli_(double p = 0.5) const;
  Tensor bernoulli_(const Tensor& p) const;
  Tensor normal_(double mean = 0, double std = 1) const;
  Tensor uniform_(double low = 0, double high = 1) const;

  const Tensor& operator+=(const Tensor& other) const { add_(other); return *this; }
  const Tensor& operator+=(Scalar other) const { add_(other); return *this; }
  const Tensor& operator-=(const Tensor& other) const { sub_(other); return *this; }
  const Tensor& operator-=(Scalar other) const { sub_(other); return *this; }
  const Tensor& operator*=(const Tensor& other) const { mul_(other); return *this; }
  const Tensor& operator*=(Scalar other) const { mul_(other); return *this; }
  const Tensor& operator/=(const Tensor& other) const { div_(other); return *this; }
  const Tensor& operator/=(Scalar other) const { div_(other); return *this; }

 private:
  [[noreturn]] static void throw_undefined();
  void* checked_data(DType wanted) const;
  Ref<TensorImpl> impl_;
};

struct ValuesIndices {
  Tensor values, indices;
};

Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator+(const Tensor& a, Scalar b);
Tensor operator+(Scalar a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, Scalar b);
Tensor operator-(Scalar a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, Scalar b);
Tensor operator*(Scalar a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, Scalar b);
Tensor operator/(Scalar a, const Tensor& b);
Tensor operator-(const Tensor& a);
Tensor operator==(const Tensor& a, const Tensor& b);
Tensor operator==(const Tensor& a, Scalar b);
Tensor operator!=(const Tensor& a, const Tensor& b);
Tensor operator!=(const Tensor& a, Scalar b);
Tensor operator<(const Tensor& a, const Tensor& b);
Tensor operator<(const Tensor& a, Scalar b);
Tensor operator<=(const Tensor& a, const Tensor& b);
Tensor operator<=(const Tensor& a, Scalar b);
Tensor operator>(const Tensor& a, const Tensor& b);
Tensor operator>(const Tensor& a, Scalar b);
Tensor operator>=(const Tensor& a, const Tensor& b);
Tensor operator>=(const Tensor& a, Scalar b);
/// Logical and, or, exclusive or, not of bool tensors; bit by bit for whole numbers.
Tensor operator&(const Tensor& a, const Tensor& b);
Tensor operator|(const Tensor& a, const Tensor& b);
Tensor operator^(const Tensor& a, const Tensor& b);
Tensor operator~(const Tensor& a);

/// The size of axis 0, Python's len(x).
inline int64_t len(const Tensor& x) { return x.len(); }

std::ostream& operator<<(std::ostream& out, const Tensor& t);

}  // namespace hg

#include "tensor/create.hpp"
#include "tensor/index.hpp"
