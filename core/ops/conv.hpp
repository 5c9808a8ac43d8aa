// What convolutions and transposed convolutions share: their inputs.
#pragma once

#include "ops/im2col.hpp"
#include "tensor/impl.hpp"

namespace hg::ops {

/// The shapes of samples on a grid of G axes: sequences, images, volumes.
inline const char* samples_text(int G) {
  static const char* const texts[] = {"(N,C,L)", "(N,C,H,W)", "(N,C,D,H,W)"};
  return texts[G - 1];
}

/// A default for settings of G axes: n for each.
template <int G>
plugin::Default each_axis(int64_t n) {
  using List = std::initializer_list<int64_t>;
  if constexpr (G == 1) return List{n};
  if constexpr (G == 2) return List{n, n};
  if constexpr (G == 3) return List{n, n, n};
}

/// The last G sizes: of an input its grid, of a weight its kernel.
template <int G>
Windows::List grid_of(const hg_tensor& t) {
  return {t.shape + t.ndim - G, size_t(G)};
}

/// Channels of x (N,C,...), or of one sample (C,...).
template <int G>
int64_t channels_of(const hg_tensor& x) {
  return x.shape[x.ndim - G - 1];
}

/// Samples of x: 1 if it is just one, without the axis N.
template <int G>
int64_t samples_of(const hg_tensor& x) {
  return x.ndim == G + 2 ? x.shape[0] : 1;
}

inline void require_same_type(const plugin::Call& c, uint32_t i, const char* name) {
  using plugin::type_text;
  plugin::require(dtype_of(c.in(i)) == dtype_of(c.in(0)), "input is ", type_text(c.in(0)),
                  ", ", name, " is ", type_text(c.in(i)),
                  ": all must have one element type");
}

/// The input is (N,C,...) or (C,...), the weight has two axes of channels and the kernel's.
template <int G>
void require_input_and_weight(const plugin::Call& c, const char* weight_text) {
  using plugin::require, plugin::shape_text;
  const hg_tensor &x = c.in(0), &w = c.in(1);
  require(x.ndim == G + 1 || x.ndim == G + 2, "input is ", shape_text(x), ": it must be ",
          samples_text(G), ", or one sample without the axis N");
  require(w.ndim == G + 2, "weight is ", shape_text(w), ": it must be ", weight_text);
  for (int d = x.ndim - G; d < x.ndim; ++d) {
    require(x.shape[d] > 0, "input is ", shape_text(x), ": axis ", d, " is empty");
  }
  require(is_floating(x), "input is of type ", plugin::type_text(x),
          ": it must be a floating-point type", "\n  hint: to(f32)");
  require_same_type(c, 1, "weight");
}

/// The bias is (K), or absent.
inline void require_bias(const plugin::Call& c, int64_t K) {
  using plugin::require, plugin::shape_text;
  if (!c.given(2)) return;
  const hg_tensor& b = c.in(2);
  require(b.ndim == 1 && b.shape[0] == K, "bias is ", shape_text(b), ": weight ",
          shape_text(c.in(1)), " needs one of (", K, "), a number for each output channel");
  require_same_type(c, 2, "bias");
}

/// dL/db[k], the sum of dy[n,k,i] over all samples n and places i.
template <class T>
void conv_bias_gradient(plugin::Call& c, int64_t N, int64_t K, int64_t places) {
  const T* dy = c.dout<T>(0);
  T* db = c.din<T>(2);
  for (int64_t k = 0; k < K; ++k) {
    double sum = c.adds(2) ? double(db[k]) : 0;
    for (int64_t n = 0; n < N; ++n) {
      const T* row = dy + (n * K + k) * places;
      for (int64_t i = 0; i < places; ++i) sum += double(row[i]);
    }
    db[k] = T(sum);
  }
}

}  // namespace hg::ops
