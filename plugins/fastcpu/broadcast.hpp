// broadcast.hpp: loops over the elements of tensors of which some are stretched.
//
// Operands are contiguous. Along an axis an operand either has its own elements or is
// stretched: one element serves all. Neighbouring axes along which all operands do the
// same are one axis: (64,28,28) + (1,28,28) is 64 rows of 784, and a + b of one shape is
// one row. In the innermost axis, then, the step of an operand is 1 or 0.
#pragma once

#include "fastcpu.hpp"

namespace hg::fastcpu {

/// The axes of a loop over `full`'s elements, innermost first, and how far each of N
/// operands moves along them.
template <int N>
struct Broadcast {
  int rank = 0;
  int64_t size[HG_MAX_RANK + 1] = {};
  int64_t step[HG_MAX_RANK + 1][N] = {};

  Broadcast(const hg_tensor& full, const hg_tensor* const (&operand)[N]) {
    int64_t dense[N];  // the step of an operand along its next axis
    for (int64_t& d : dense) d = 1;
    for (int i = 1; i <= full.ndim; ++i) {
      const int64_t n = full.shape[full.ndim - i];
      if (n == 1) continue;
      bool own[N], as_before = rank > 0;
      for (int k = 0; k < N; ++k) {
        const hg_tensor& t = *operand[k];
        own[k] = i <= t.ndim && t.shape[t.ndim - i] != 1;
        as_before = as_before && own[k] == (step[rank - 1][k] != 0);
      }
      if (as_before) {
        size[rank - 1] *= n;
      } else {
        size[rank] = n;
        for (int k = 0; k < N; ++k) step[rank][k] = own[k] ? dense[k] : 0;
        ++rank;
      }
      for (int k = 0; k < N; ++k) dense[k] *= own[k] ? n : 1;
    }
    if (rank == 0) size[rank++] = 1;
  }

  const int64_t* inner() const { return step[0]; }
  int64_t row() const { return size[0]; }
  int64_t rows() const {
    int64_t n = 1;
    for (int d = 1; d < rank; ++d) n *= size[d];
    return n;
  }

  /// f(offsets) for rows begin to end - 1.
  template <class F>
  void for_rows(int64_t begin, int64_t end, const F& f) const {
    int64_t index[HG_MAX_RANK + 1] = {}, at[N] = {}, rest = begin;
    for (int d = 1; d < rank; ++d) {
      index[d] = rest % size[d];
      rest /= size[d];
      for (int k = 0; k < N; ++k) at[k] += index[d] * step[d][k];
    }
    for (int64_t r = begin; r < end; ++r) {
      f(at);
      for (int d = 1; d < rank; ++d) {
        for (int k = 0; k < N; ++k) at[k] += step[d][k];
        if (++index[d] < size[d]) break;
        for (int k = 0; k < N; ++k) at[k] -= size[d] * step[d][k];
        index[d] = 0;
      }
    }
  }
};

}  // namespace hg::fastcpu
