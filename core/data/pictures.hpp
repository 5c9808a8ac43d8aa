// What the .cpp files of the transforms share.
#pragma once

#include <cstring>

#include "tensor/random.hpp"
#include "tensor/tensor.hpp"

namespace hg::data {

inline void check_images(const char* operation, const Tensor& images) {
  if (images.dim() < 3) {
    throw Error(operation, "images are (...,C,H,W); got " + images.shape().to_string());
  }
}

/// Images (...,C,H,W) seen as N images of C planes. `height` and `width` may be other than
/// those of the tensor when they describe a result.
struct Planes {
  int64_t images, channels, height, width;

  Planes(const char* operation, const Tensor& x)
      : images(1), channels(0), height(0), width(0) {
    check_images(operation, x);
    channels = x.size(-3), height = x.size(-2), width = x.size(-1);
    for (int axis = 0; axis + 3 < x.dim(); ++axis) images *= x.size(axis);
  }
};

/// The shape of x with other numbers of rows and columns.
inline Shape with_size(const Tensor& x, int64_t height, int64_t width) {
  Shape shape = x.shape();
  shape[shape.size() - 2] = height;
  shape[shape.size() - 1] = width;
  return shape;
}

/// What one call of a random transform draws: a seed of its own, and from it the k-th
/// number of image n, k below 64.
class Draws {
 public:
  double uniform(int64_t n, int k, double low, double high) const {
    return low + (high - low) * uniform_f64(seed_, place(n, k));
  }
  /// A whole number from 0 to `most`.
  int64_t upto(int64_t n, int k, int64_t most) const {
    return int64_t(uniform_below(seed_, place(n, k), uint64_t(most) + 1));
  }

 private:
  static uint64_t place(int64_t n, int k) { return uint64_t(n) * 64 + uint64_t(k); }
  uint64_t seed_ = default_generator().next_seed();
};

}  // namespace hg::data
