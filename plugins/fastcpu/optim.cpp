// The steps of sgd, adam, adamw, rmsprop and adagrad, whose formulas are in plugins/optim.
//
// What limits it. Every weight is read and written once, and so is each piece of state; the
// gradient is read. Plain sgd moves 12 bytes a weight, with momentum 20, adam 28. In the
// cache adam is limited by its two quotients and its root, some 40 cycles for 16 weights.
//
// A layer of LeNet has a few hundred weights. There the call counts, not the loop, and a
// step stays on one thread below `grain` weights.
#include <algorithm>
#include <cmath>

#include "fastcpu.hpp"
#include "kernels/optim.hpp"

namespace hg::fastcpu {
namespace {

enum { param, grad };  // the first two inputs of all; then comes the state

float setting(const Call& c, uint32_t k) { return float(c.attr(k).number()); }
float sign(const Call& c, uint32_t maximize) { return c.attr(maximize).flag() ? -1 : 1; }

// Input i from element `begin` on, or null if it is not there.
float* state(const Call& c, uint32_t i, int64_t begin) {
  return c.given(i) ? c.inout<float>(i) + begin : nullptr;
}

template <class Step>
void each_weight(const Call& c, const Step& step) {
  c.parallel(hg_numel(&c.in(param)), elementwise_grain, [&](int64_t begin, int64_t end) {
    step(c.inout<float>(param) + begin, c.in<float>(grad) + begin, begin, end - begin);
  });
}

struct Sgd {
  enum { lr, momentum, dampening, weight_decay, nesterov, maximize };
  enum { buffer = 2 };
  template <class T>
  static void forward(Call& c) {
    const SgdStep s{.sign = sign(c, maximize),
                    .decay = setting(c, weight_decay),
                    .mu = setting(c, momentum),
                    .keep = float(1 - c.attr(dampening).number()),
                    .rate = setting(c, lr),
                    .first = c.step() == 1,
                    .ahead = c.attr(nesterov).flag()};
    each_weight(c, [&](float* p, const float* g, int64_t begin, int64_t n) {
      best_optimizers().sgd(p, g, state(c, buffer, begin), n, s);
    });
  }
};

// Weight decay is part of the gradient in adam, and a part of the weight in adamw.
template <bool decoupled>
struct Adam {
  enum { lr, betas, eps, weight_decay, amsgrad, maximize };
  enum { exp_avg = 2, exp_avg_sq, max_exp_avg_sq };
  template <class T>
  static void forward(Call& c) {
    const double beta1 = c.attr(betas).numbers()[0], beta2 = c.attr(betas).numbers()[1];
    const double t = double(c.step()), rate = c.attr(lr).number();
    const double decay = c.attr(weight_decay).number();
    const AdamStep s{.sign = sign(c, maximize),
                     .decay = decoupled ? 0 : float(decay),
                     .take1 = float(1 - beta1),
                     .keep2 = float(beta2),
                     .take2 = float(1 - beta2),
                     .root = float(std::sqrt(1 - std::pow(beta2, t))),
                     .tiny = setting(c, eps),
                     .rate = float(rate / (1 - std::pow(beta1, t))),
                     .shrink = decoupled ? float(1 - rate * decay) : 1};
    each_weight(c, [&](float* p, const float* g, int64_t begin, int64_t n) {
      best_optimizers().adam(p, g, state(c, exp_avg, begin), state(c, exp_avg_sq, begin),
                             state(c, max_exp_avg_sq, begin), n, s);
    });
  }
};

struct Rmsprop {
  enum { lr, alpha, eps, weight_decay, momentum, centered, maximize };
  enum { square_avg = 2, grad_avg, buffer };
  template <class T>
  static void forward(Call& c) {
    const RmspropStep s{.sign = sign(c, maximize),
                        .decay = setting(c, weight_decay),
                        .keep = setting(c, alpha),
                        .take = float(1 - c.attr(alpha).number()),
                        .tiny = setting(c, eps),
                        .mu = setting(c, momentum),
                        .rate = setting(c, lr)};
    each_weight(c, [&](float* p, const float* g, int64_t begin, int64_t n) {
      best_optimizers().rmsprop(p, g, state(c, square_avg, begin),
                                state(c, grad_avg, begin), state(c, buffer, begin), n, s);
    });
  }
};

struct Adagrad {
  enum { lr, lr_decay, weight_decay, initial_accumulator_value, eps, maximize };
  enum { sum = 2 };
  template <class T>
  static void forward(Call& c) {
    const double past = double(c.step() - 1);
    const AdagradStep s{
        .sign = sign(c, maximize),
        .decay = setting(c, weight_decay),
        .tiny = setting(c, eps),
        .rate = float(c.attr(lr).number() / (1 + past * c.attr(lr_decay).number()))};
    const bool first = c.step() == 1;
    each_weight(c, [&](float* p, const float* g, int64_t begin, int64_t n) {
      float* total = state(c, sum, begin);
      if (first) std::fill_n(total, n, setting(c, initial_accumulator_value));
      best_optimizers().adagrad(p, g, total, n, s);
    });
  }
};

}  // namespace

void describe_optim(Plugin& p) {
  p.kernel<Sgd, float>("optim.sgd_step").priority(priority);
  p.kernel<Adam<false>, float>("optim.adam_step").priority(priority);
  p.kernel<Adam<true>, float>("optim.adamw_step").priority(priority);
  p.kernel<Rmsprop, float>("optim.rmsprop_step").priority(priority);
  p.kernel<Adagrad, float>("optim.adagrad_step").priority(priority);
}

}  // namespace hg::fastcpu
