// Which elements of x a list of index tensors picks: what index and index_put share.
//
// Some axes of x have an index tensor each, the others stay whole. The index tensors
// broadcast to one shape B, and for each position p in B they name a place along their
// axes. A picked element is given by p and by indices of the whole axes.
//
// The shape of the result: B stands where the indexed axes stood if they are neighbours,
// and in front if they are not, because then there is no one place for it. For x (4,5,6)
// with i and j of shape (3):
//
//     x[i, j, :] -> (3,6)       x[:, i, j] -> (4,3)       x[i, :, j] -> (3,5)
#pragma once

#include "ops/broadcast.hpp"
#include "ops/indices.hpp"

namespace hg::ops {

class Picking {
 public:
  /// Inputs first, first+1, ... are i64 index tensors, one for each axis of x from the
  /// left; an absent one leaves its axis whole.
  Picking(const Call& c, const hg_tensor& x, uint32_t first)
      : call_(c), x_(x), first_(first) {
    int axes = int(c.n_in() - first);
    require(axes <= x.ndim, axes, " axes are indexed, and the tensor ",
            plugin::shape_text(x), " has ", x.ndim);
    int front = -1, back = -1;  // the first and the last indexed axis
    for (int d = 0; d < axes; ++d) {
      if (!indexed(d)) continue;
      meet(c.in(first + uint32_t(d)));
      if (front < 0) front = d;
      back = d;
    }
    require(front >= 0, "there is no index tensor");
    bool neighbours = true;
    for (int d = front; d <= back; ++d) neighbours &= indexed(d);
    int before = 0;  // whole axes that come before B
    for (int d = 0; d < x.ndim; ++d) {
      if (indexed(d)) continue;
      whole_.push_back(x.shape[d]);
      if (neighbours && d < front) ++before;
    }
    for (int d = 0; d < before; ++d) shape_.push_back(whole_[d]);
    for (int64_t n : b_) shape_.push_back(n);
    for (int d = before; d < whole_.size(); ++d) shape_.push_back(whole_[d]);
    before_ = before;
  }

  /// The shape of what is picked.
  const Shape& shape() const { return shape_; }

  /// Calls f(j, dj, m, dm, n) for runs of picked elements: element j + i*dj of the result
  /// is element m + i*dm of x, i = 0 to n-1. Positions p come in order, or in reverse.
  template <class F>
  void for_each_run(bool reverse, const F& f) const {
    int64_t positions = b_.numel();
    const int64_t* place = places(positions);
    if (whole_.numel() == 0) return;
    Shape j_all = contiguous_strides(shape_), x_all = contiguous_strides(shape_of(x_));
    Shape j_step, m_step;  // of the whole axes
    for (int d = 0; d < x_.ndim; ++d) {
      if (indexed(d)) continue;
      int w = m_step.size();
      j_step.push_back(j_all[w < before_ ? w : w + b_.size()]);
      m_step.push_back(x_all[d]);
    }
    int64_t p_step = 1;  // in the result, from one position to the next
    for (int d = before_; d < whole_.size(); ++d) p_step *= whole_[d];
    Loops<2> loops(whole_, {j_step, m_step});
    for (int64_t i = 0; i < positions; ++i) {
      int64_t p = reverse ? positions - 1 - i : i;
      loops.for_each_row([&](const auto& at, int64_t n) {
        const auto [dj, dm] = loops.inner();
        f(at[0] + p * p_step, dj, at[1] + place[p], dm, n);
      });
    }
  }

 private:
  bool indexed(int d) const { return call_.given(first_ + uint32_t(d)); }

  // b_ becomes what it and k broadcast to.
  void meet(const hg_tensor& k) {
    require_index_type(k);
    while (b_.size() < k.ndim) b_.insert(0, 1);
    for (int i = 1; i <= k.ndim; ++i) {
      int64_t &n = b_[b_.size() - i], m = k.shape[k.ndim - i];
      require(n == m || n == 1 || m == 1, "the index tensors do not broadcast: sizes ", n,
              " and ", m, " differ, and neither is 1");
      if (n == 1) n = m;
    }
  }

  // For each position p, where in x the indices point: the sum over the indexed axes d of
  // index_d[p] * stride_d.
  const int64_t* places(int64_t positions) const {
    auto* place = call_.scratch<int64_t>(positions);
    std::fill(place, place + positions, int64_t(0));
    Shape strides = contiguous_strides(shape_of(x_));
    for (int d = 0; d < x_.ndim; ++d) {
      if (!indexed(d)) continue;
      const hg_tensor& k = call_.in(first_ + uint32_t(d));
      auto* index = static_cast<const int64_t*>(k.data);
      Loops<2> loops(b_, {contiguous_strides(b_), stretched(k, b_)});
      loops.for_each_row([&](const auto& at, int64_t n) {
        for (int64_t i = 0; i < n; ++i) {
          int64_t j = index[at[1] + i * loops.inner()[1]];
          place[at[0] + i * loops.inner()[0]] += wrapped_index(j, x_, d) * strides[d];
        }
      });
    }
    return place;
  }

  const Call& call_;
  const hg_tensor& x_;
  uint32_t first_;
  Shape b_, whole_, shape_;
  int before_;
};

}  // namespace hg::ops
