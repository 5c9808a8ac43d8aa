// Operators as free functions: exp(x), cat({a, b}), matmul(a, b). What is a method of Tensor
// too has its description there; names, defaults and results are PyTorch's.
#pragma once

#include "tensor/tensor.hpp"

namespace hg {

// ---- arithmetic, element by element -----------------------------------------------------
// The result has the operand's shape; of two operands, the shape that they broadcast to:
// sizes are matched from the last axis backwards and must be equal or 1, else it is an error
// that names both shapes. Operands of two types meet in the common one. Whole numbers wrap
// around when they overflow. "To f32" means: of whole numbers and bools the result is f32.

inline Tensor abs(const Tensor& x) { return x.abs(); }    ///< |x|; slope 0 at 0
inline Tensor sign(const Tensor& x) { return x.sign(); }  ///< -1, 0 or 1; 0 for nan
inline Tensor exp(const Tensor& x) { return x.exp(); }    ///< e^x; to f32
inline Tensor log(const Tensor& x) { return x.log(); }    ///< natural logarithm; to f32
inline Tensor sqrt(const Tensor& x) { return x.sqrt(); }  ///< to f32; nan below 0
Tensor rsqrt(const Tensor& x);                            ///< 1/sqrt(x); to f32
inline Tensor square(const Tensor& x) { return x.square(); }          ///< x * x
inline Tensor reciprocal(const Tensor& x) { return x.reciprocal(); }  ///< 1/x; to f32
inline Tensor sin(const Tensor& x) { return x.sin(); }    ///< of radians; to f32
inline Tensor cos(const Tensor& x) { return x.cos(); }    ///< of radians; to f32
inline Tensor tanh(const Tensor& x) { return x.tanh(); }  ///< from -1 to 1; to f32
inline Tensor sigmoid(const Tensor& x) { return x.sigmoid(); }  ///< 1/(1+e^-x); to f32
inline Tensor relu(const Tensor& x) { return x.relu(); }  ///< max(x, 0); slope 0 at 0
/// Brought into the range from min to max, either of which may be left out:
/// clamp(x, 0, 1), clamp(x, {}, 1). Fractions as bounds turn whole numbers to f32.
inline Tensor clamp(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max = {}) {
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
/// Each whole number k in x becomes a row with 1 at position k and 0 elsewhere, of
/// `classes` numbers (-1: one more than the largest in x). The result is i64.
Tensor one_hot(const Tensor& x, int64_t classes = -1);

// ---- probabilities ------------------------------------------------------------------------

/// Scores to probabilities: along `axis` the results are positive and sum to 1.
inline Tensor softmax(const Tensor& x, int64_t axis) { return x.softmax(axis); }
/// Their logarithms, exact where a probability is too small for its type.
inline Tensor log_softmax(const Tensor& x, int64_t axis) { return x.log_softmax(axis); }

}  // namespace hg
