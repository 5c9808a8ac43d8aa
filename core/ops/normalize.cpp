// normalize: vectors brought to length 1.
//
//     y = x / max(|x|, eps)
//
// along an axis, |x| being any p-norm. Made of norm, clamp and a division, whose
// derivatives are in norm.cpp, clamp.cpp and div.cpp. Put together, for p = 2 and
// |x| > eps, they are
//
//     dL/dx[k] = (dy[k] - y[k] * sum_j y[j]*dy[j]) / |x|
//
//   what is left of dy when its share along y is taken away: on a sphere one can only move
//   sideways. A vector of zeros stays one.
#include "nn/functional.hpp"

namespace hg {

Tensor nn::functional::normalize(const Tensor& x, double p, int64_t axis, double eps) {
  return x / x.norm(p, {axis}, true).clamp(eps);
}

}  // namespace hg
