// copy: clone and fill at the speed of memory, on all threads.
#include "kernels/copy.hpp"

#include "unary.hpp"

namespace hg::fastcpu {
namespace {

bool contiguous(const hg_tensor& t) {
  int64_t expected = 1;
  for (int d = t.ndim - 1; d >= 0; --d) {
    if (t.strides[d] != expected && t.shape[d] != 1) return false;
    expected *= t.shape[d];
  }
  return true;
}

void copy(const Call& c, const hg_tensor& from, const hg_tensor& to) {
  const auto* x = static_cast<const float*>(from.data);
  auto* y = static_cast<float*>(to.data);
  share_out(c, hg_numel(&to), [&](int64_t begin, int64_t end) {
    best_copying().copy(x + begin, y + begin, end - begin);
  });
}

struct Clone {
  template <class T>
  static void plan(Call& c) {
    if (!contiguous(c.in(0))) decline();  // the reference takes strides as they are
  }
  template <class T>
  static void forward(Call& c) {
    copy(c, c.in(0), c.out(0));
  }
  template <class T>
  static void backward(Call& c) {
    copy(c, c.dout(0), c.din(0));
  }
};

struct Fill {
  template <class T>
  static void forward(Call& c) {
    fill(c, float(c.attr(0).number()), c.out(0));
  }
  template <class T>
  static void backward(Call& c) {
    fill(c, 0, c.din(0));
  }

 private:
  static void fill(const Call& c, float value, const hg_tensor& to) {
    auto* y = static_cast<float*>(to.data);
    share_out(c, hg_numel(&to), [&](int64_t begin, int64_t end) {
      best_copying().fill(value, y + begin, end - begin);
    });
  }
};

}  // namespace

void describe_copy(Plugin& p) {
  p.kernel<Clone, float>("core.clone").pass_dout({0}).priority(priority);
  p.kernel<Fill, float>("core.fill").may_alias({0}).flags(HG_STRIDED_OK).priority(priority);
}

}  // namespace hg::fastcpu
