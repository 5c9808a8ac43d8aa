// Operators as free functions: exp(x), cat({a, b}), matmul(a, b). What is a method of
// Tensor too has its description there; names, defaults and results are PyTorch's.
#pragma once

#include "tensor/tensor.hpp"

namespace hg {

// ---- arithmetic, element by element -----------------------------------------------------
// The result has the operand's shape; of two operands, the shape that they broadcast to:
// sizes are matched from the last axis backwards and must be equal or 1, else it is an
// error that names both shapes. Operands of two types meet in the common one. Whole numbers
// wrap around when they overflow. "To f32" means: of whole numbers and bools the result is
// f32.

inline Tensor abs(const Tensor& x) { return x.abs(); }    ///< |x|; slope 0 at 0
inline Tensor sign(const Tensor& x) { return x.sign(); }  ///< -1, 0 or 1; 0 for nan
inline Tensor exp(const Tensor& x) { return x.exp(); }    ///< e^x; to f32
inline Tensor log(const Tensor& x) { return x.log(); }    ///< natural logarithm; to f32
inline Tensor expm1(const Tensor& x) { return x.expm1(); }  ///< e^x - 1, exact near 0
inline Tensor log1p(const Tensor& x) { return x.log1p(); }  ///< log(1+x), exact near 0
inline Tensor log2(const Tensor& x) { return x.log2(); }    ///< to f32
inline Tensor log10(const Tensor& x) { return x.log10(); }  ///< to f32
inline Tensor sqrt(const Tensor& x) { return x.sqrt(); }  ///< to f32; nan below 0
Tensor rsqrt(const Tensor& x);                            ///< 1/sqrt(x); to f32
inline Tensor square(const Tensor& x) { return x.square(); }          ///< x * x
inline Tensor reciprocal(const Tensor& x) { return x.reciprocal(); }  ///< 1/x; to f32
inline Tensor sin(const Tensor& x) { return x.sin(); }    ///< of radians; to f32
inline Tensor cos(const Tensor& x) { return x.cos(); }    ///< of radians; to f32
inline Tensor tan(const Tensor& x) { return x.tan(); }    ///< of radians; to f32
inline Tensor asin(const Tensor& x) { return x.asin(); }  ///< radians; nan outside [-1,1]
inline Tensor acos(const Tensor& x) { return x.acos(); }  ///< radians; nan outside [-1,1]
inline Tensor atan(const Tensor& x) { return x.atan(); }  ///< radians; to f32
inline Tensor sinh(const Tensor& x) { return x.sinh(); }  ///< (e^x - e^-x)/2; to f32
inline Tensor cosh(const Tensor& x) { return x.cosh(); }  ///< (e^x + e^-x)/2; to f32
inline Tensor tanh(const Tensor& x) { return x.tanh(); }  ///< from -1 to 1; to f32
/// 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x; to f32.
inline Tensor erf(const Tensor& x) { return x.erf(); }
inline Tensor floor(const Tensor& x) { return x.floor(); }  ///< the whole number below
inline Tensor ceil(const Tensor& x) { return x.ceil(); }    ///< the whole number above
inline Tensor trunc(const Tensor& x) { return x.trunc(); }  ///< without its fraction
/// The nearest whole number; a half goes to the even neighbour.
inline Tensor round(const Tensor& x, int64_t decimals = 0) { return x.round(decimals); }
inline Tensor sigmoid(const Tensor& x) { return x.sigmoid(); }  ///< 1/(1+e^-x); to f32
inline Tensor relu(const Tensor& x) { return x.relu(); }  ///< max(x, 0); slope 0 at 0
/// Brought into the range from min to max, either of which may be left out:
/// clamp(x, 0, 1), clamp(x, {}, 1). Fractions as bounds turn whole numbers to f32.
inline Tensor clamp(const Tensor& x, std::optional<Scalar> min,
                    std::optional<Scalar> max = {}) {
  return x.clamp(min, max);
}
/// The larger of each pair; nan if one is nan. At a tie each has half the gradient.
inline Tensor maximum(const Tensor& a, const Tensor& b) { return a.maximum(b); }
inline Tensor minimum(const Tensor& a, const Tensor& b) { return a.minimum(b); }
/// base^exponent. Whole numbers stay whole, and a negative exponent of theirs is an error.
inline Tensor pow(const Tensor& base, const Tensor& exponent) { return base.pow(exponent); }
inline Tensor pow(const Tensor& base, Scalar exponent) { return base.pow(exponent); }
Tensor pow(Scalar base, const Tensor& exponent);
/// a/b rounded to a whole number, down ("floor") or towards 0 ("trunc"). The type stays;
/// whole numbers divided by 0 are an error. a / b does not round.
Tensor div(const Tensor& a, const Tensor& b, const std::string& rounding_mode);
Tensor div(const Tensor& a, Scalar b, const std::string& rounding_mode);
/// What a/b rounded down leaves over, with b's sign: Python's a % b.
inline Tensor remainder(const Tensor& a, const Tensor& b) { return a.remainder(b); }
inline Tensor remainder(const Tensor& a, Scalar b) { return a.remainder(b); }

// ---- questions, answered by bools; choices ----------------------------------------------

inline Tensor isnan(const Tensor& x) { return x.isnan(); }
inline Tensor isinf(const Tensor& x) { return x.isinf(); }
inline Tensor isfinite(const Tensor& x) { return x.isfinite(); }
inline Tensor logical_not(const Tensor& x) { return x.logical_not(); }  ///< x == 0
/// Of numbers, too: 0 counts as false.
inline Tensor logical_and(const Tensor& a, const Tensor& b) { return a.logical_and(b); }
inline Tensor logical_or(const Tensor& a, const Tensor& b) { return a.logical_or(b); }
inline Tensor logical_xor(const Tensor& a, const Tensor& b) { return a.logical_xor(b); }
/// input where the condition, a bool tensor, holds, other elsewhere. All three broadcast.
Tensor where(const Tensor& condition, const Tensor& input, const Tensor& other);
Tensor where(const Tensor& condition, const Tensor& input, Scalar other);
Tensor where(const Tensor& condition, Scalar input, const Tensor& other);

// ---- other shapes for the same elements -------------------------------------------------

inline Tensor reshape(const Tensor& x, const Shape& shape) { return x.reshape(shape); }
inline Tensor flatten(const Tensor& x, int64_t start = 0, int64_t end = -1) {
  return x.flatten(start, end);
}
inline Tensor squeeze(const Tensor& x, int64_t axis) { return x.squeeze(axis); }
inline Tensor unsqueeze(const Tensor& x, int64_t axis) { return x.unsqueeze(axis); }
inline Tensor permute(const Tensor& x, const Shape& axes) { return x.permute(axes); }
inline Tensor transpose(const Tensor& x, int64_t axis0, int64_t axis1) {
  return x.transpose(axis0, axis1);
}
/// The last two axes of x swapped: the transpose of a matrix, or of each in a stack
/// (PyTorch's x.mT).
inline Tensor transpose(const Tensor& x) { return x.transpose(-2, -1); }

// ---- the same elements in other places --------------------------------------------------

inline Tensor roll(const Tensor& x, const Shape& shifts, const Shape& axes) {
  return x.roll(shifts, axes);
}
inline Tensor flip(const Tensor& x, const Shape& axes) { return x.flip(axes); }
inline Tensor tril(const Tensor& x, int64_t diagonal = 0) { return x.tril(diagonal); }
inline Tensor triu(const Tensor& x, int64_t diagonal = 0) { return x.triu(diagonal); }

// ---- reductions -------------------------------------------------------------------------

inline Tensor sum(const Tensor& x) { return x.sum(); }
inline Tensor sum(const Tensor& x, int64_t axis, bool keepdim = false) {
  return x.sum(axis, keepdim);
}
inline Tensor sum(const Tensor& x, const Shape& axes, bool keepdim = false) {
  return x.sum(axes, keepdim);
}
inline Tensor mean(const Tensor& x) { return x.mean(); }
inline Tensor mean(const Tensor& x, int64_t axis, bool keepdim = false) {
  return x.mean(axis, keepdim);
}
inline Tensor mean(const Tensor& x, const Shape& axes, bool keepdim = false) {
  return x.mean(axes, keepdim);
}
inline Tensor max(const Tensor& x) { return x.max(); }
inline ValuesIndices max(const Tensor& x, int64_t axis, bool keepdim = false) {
  return x.max(axis, keepdim);
}
inline Tensor min(const Tensor& x) { return x.min(); }
inline ValuesIndices min(const Tensor& x, int64_t axis, bool keepdim = false) {
  return x.min(axis, keepdim);
}
inline Tensor argmax(const Tensor& x) { return x.argmax(); }
inline Tensor argmax(const Tensor& x, int64_t axis, bool keepdim = false) {
  return x.argmax(axis, keepdim);
}
inline Tensor argmin(const Tensor& x) { return x.argmin(); }
inline Tensor argmin(const Tensor& x, int64_t axis, bool keepdim = false) {
  return x.argmin(axis, keepdim);
}
inline Tensor cumsum(const Tensor& x, int64_t axis) { return x.cumsum(axis); }
inline Tensor cumprod(const Tensor& x, int64_t axis) { return x.cumprod(axis); }
inline Tensor prod(const Tensor& x) { return x.prod(); }
inline Tensor prod(const Tensor& x, int64_t axis, bool keepdim = false) {
  return x.prod(axis, keepdim);
}
// The standard deviation is x.std() only: `std` means C++'s own namespace.
inline Tensor var(const Tensor& x, const Shape& axes = {}, int64_t correction = 1,
                  bool keepdim = false) {
  return x.var(axes, correction, keepdim);
}
inline Tensor var(const Tensor& x, int64_t axis, int64_t correction = 1,
                  bool keepdim = false) {
  return x.var(axis, correction, keepdim);
}
inline Tensor logsumexp(const Tensor& x, int64_t axis, bool keepdim = false) {
  return x.logsumexp(axis, keepdim);
}
inline Tensor logsumexp(const Tensor& x, const Shape& axes, bool keepdim = false) {
  return x.logsumexp(axes, keepdim);
}
inline Tensor norm(const Tensor& x, double p = 2) { return x.norm(p); }
inline Tensor norm(const Tensor& x, double p, const Shape& axes, bool keepdim = false) {
  return x.norm(p, axes, keepdim);
}

// ---- products ---------------------------------------------------------------------------

inline Tensor matmul(const Tensor& a, const Tensor& b) { return a.matmul(b); }
inline Tensor mm(const Tensor& a, const Tensor& b) { return a.mm(b); }
inline Tensor mv(const Tensor& a, const Tensor& b) { return a.mv(b); }
inline Tensor dot(const Tensor& a, const Tensor& b) { return a.dot(b); }
inline Tensor bmm(const Tensor& a, const Tensor& b) { return a.bmm(b); }
inline Tensor outer(const Tensor& a, const Tensor& b) { return a.outer(b); }
/// Products and sums of any number of tensors, told by the letters of their axes:
/// einsum("bij,bjk->bik", {a, b}). Repeated letters run together, letters missing behind
/// the arrow are summed over, "..." stands for broadcast axes.
Tensor einsum(const std::string& equation, const std::vector<Tensor>& tensors);
/// y = x w^T + b: x (..., I), weight (O, I), bias (O) or none, y (..., O).
Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias = {});

// ---- joining and choosing ---------------------------------------------------------------

/// The tensors one after the other along an axis. Their other sizes must agree; types meet
/// in the common one. An empty tensor of shape (0) fits anywhere.
Tensor cat(const std::vector<Tensor>& tensors, int64_t axis = 0);
/// Tensors of one shape side by side along a new axis.
Tensor stack(const std::vector<Tensor>& tensors, int64_t axis = 0);
inline Tensor gather(const Tensor& x, int64_t axis, const Tensor& index) {
  return x.gather(axis, index);
}
inline Tensor index_select(const Tensor& x, int64_t axis, const Tensor& index) {
  return x.index_select(axis, index);
}
inline Tensor masked_select(const Tensor& x, const Tensor& mask) {
  return x.masked_select(mask);
}
inline Tensor masked_fill(const Tensor& x, const Tensor& mask, Scalar value) {
  return x.masked_fill(mask, value);
}
inline Tensor nonzero(const Tensor& x) { return x.nonzero(); }
inline ValuesIndices sort(const Tensor& x, int64_t axis = -1, bool descending = false) {
  return x.sort(axis, descending);
}
inline Tensor argsort(const Tensor& x, int64_t axis = -1, bool descending = false) {
  return x.argsort(axis, descending);
}
inline ValuesIndices topk(const Tensor& x, int64_t k, int64_t axis = -1,
                          bool largest = true) {
  return x.topk(k, axis, largest);
}
inline Tensor scatter_add(const Tensor& x, int64_t axis, const Tensor& index,
                          const Tensor& source) {
  return x.scatter_add(axis, index, source);
}
/// Each whole number k in x becomes a row with 1 at position k and 0 elsewhere, of
/// `classes` numbers (-1: one more than the largest in x). The result is i64.
Tensor one_hot(const Tensor& x, int64_t classes = -1);

// ---- probabilities ----------------------------------------------------------------------

/// Scores to probabilities: along `axis` the results are positive and sum to 1.
inline Tensor softmax(const Tensor& x, int64_t axis) { return x.softmax(axis); }
/// Their logarithms, exact where a probability is too small for its type.
inline Tensor log_softmax(const Tensor& x, int64_t axis) { return x.log_softmax(axis); }

// ---- spectra ----------------------------------------------------------------------------

/// The discrete Fourier transform of real x (..., n): real and imaginary parts of the
/// frequencies 0 to n/2, (..., 2, n/2+1). The other half mirrors these.
Tensor rfft(const Tensor& x);
/// Back to n real numbers from a half spectrum (..., 2, n/2+1). n = -1: the even length.
Tensor irfft(const Tensor& spectrum, int64_t n = -1);

}  // namespace hg

namespace hg::linalg {

/// X with A X = B: A (..., n, n), B (..., n) or (..., n, k). Throws if an A is singular.
Tensor solve(const Tensor& a, const Tensor& b);
/// The inverse of each matrix in A (..., n, n). To solve equations, solve is more exact.
Tensor inv(const Tensor& a);
/// The determinants, (...).
Tensor det(const Tensor& a);
/// Least squares: the X that makes |A X - B| smallest, A (..., m, n) of full rank, m >= n.
Tensor lstsq(const Tensor& a, const Tensor& b);
/// A = Q R with orthonormal columns in Q (..., m, k) and R (..., k, n) upper triangular,
/// k = min(m, n). No gradient if m < n.
std::pair<Tensor, Tensor> qr(const Tensor& a);

}  // namespace hg::linalg
