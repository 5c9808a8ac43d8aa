// dropout: the mask is drawn again in the backward pass, like in the reference.
#include "kernels/dropout.hpp"

#include "unary.hpp"

namespace hg::fastcpu {
namespace {

struct DropoutKernel {
  template <class T>
  static void forward(Call& c) {
    apply(c, c.in<float>(0), c.out<float>(0));
  }
  template <class T>
  static void backward(Call& c) {
    apply(c, c.dout<float>(0), c.din<float>(0));
  }

 private:
  static void apply(const Call& c, const float* x, float* y) {
    const double p = c.attr(0).number();
    const float scale = p < 1 ? float(1 / (1 - p)) : 0;
    const auto limit = uint64_t(p * 0x1p32);  // 2^32 for p = 1: above every word
    share_out(c, hg_numel(&c.in(0)), [&](int64_t begin, int64_t end) {
      best_dropout().apply(x, y, begin, end, c.seed(), limit, scale);
    });
  }
};

}  // namespace

void describe_dropout(Plugin& p) {
  p.kernel<DropoutKernel, float>("core.dropout").may_alias({0}).priority(priority);
}

}  // namespace hg::fastcpu
