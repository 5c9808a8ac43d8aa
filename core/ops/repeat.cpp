// repeat and repeat_interleave: elements several times over.
//
// Neither has a kernel. To repeat is to look at the same element often, which expand does
// with a stride of 0, and then to make it real. With the axes before and after joined, x is
// (outer, n, inner), and r copies of it along the axis are
//
//     repeat               (outer, 1, n*inner) -> (outer, r, n*inner)       abc abc
//     repeat_interleave    (outer*n, 1, inner) -> (outer*n, r, inner)       aa bb cc
//
// read in row-major order. The backward pass is expand's: a sum over the copies.
#include "ops/along.hpp"
#include "ops/functions.hpp"

namespace hg {

static void check_repeats(const char* operation, int64_t repeats) {
  if (repeats >= 0) return;
  throw Error(operation, std::to_string(repeats) + " times; it cannot be less than 0");
}

Tensor Tensor::repeat(const Shape& repeats) const {
  const int extra = repeats.size() - dim();
  if (extra < 0) {
    throw Error("repeat",
                "repeats " + repeats.to_string() + " are fewer than the axes of " +
                    shape().to_string(),
                "1 leaves an axis as it is");
  }
  Shape size = shape();
  for (int d = 0; d < extra; ++d) size.insert(0, 1);
  Tensor y = reshape(size).clone();
  for (int d = 0; d < size.size(); ++d) {
    check_repeats("repeat", repeats[d]);
    if (repeats[d] == 1) continue;
    const ops::Along a(y.desc(), d);
    Tensor copies = y.reshape({a.outer, 1, a.n * a.inner}).expand({-1, repeats[d], -1});
    if (__builtin_mul_overflow(size[d], repeats[d], &size[d])) {
      throw Error("repeat", "axis " + std::to_string(d) + " of " + shape().to_string() +
                                ", " + std::to_string(repeats[d]) +
                                " times, is longer than 64 bits can count");
    }
    y = copies.reshape(size);
  }
  return y;
}

Tensor Tensor::repeat_interleave(int64_t repeats, int64_t axis) const {
  const int d = wrap_axis("repeat_interleave", axis, dim());
  check_repeats("repeat_interleave", repeats);
  const ops::Along a(desc(), d);
  Tensor copies = reshape({a.outer * a.n, 1, a.inner}).expand({-1, repeats, -1});
  if (dim() == 0) return copies.reshape({repeats});
  Shape size = shape();
  size[d] *= repeats;  // expand() has counted the elements
  return copies.reshape(size);
}

}  // namespace hg
