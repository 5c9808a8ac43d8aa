// adam: momentum for the direction, RMSprop for the size of the step.
//
// Two leaky averages of each weight's gradient, its mean and its mean square:
//
//     m[i] <- beta1 * m[i] + (1-beta1) * g[i]
//     v[i] <- beta2 * v[i] + (1-beta2) * g[i]^2
//
// Bias correction. Both start at 0 and are too small at first. How much? Unroll m after t
// steps, and let every gradient have the mean G:
//
//     m_t = (1-beta1) * sum_{k=0}^{t-1} beta1^k g_{t-k}
//     E m_t = G * (1-beta1) * sum_{k=0}^{t-1} beta1^k = G * (1 - beta1^t)
//
//   The weights of the average add up to 1 - beta1^t instead of 1, so one divides by that;
//   the same with v. For m it is over after some 50 steps, for v after some 5000. Without
//   it the first step would be (1-beta1)/sqrt(1-beta2) = 3.2 times as long.
//
//     m^[i] = m[i] / (1 - beta1^t)          v^[i] = v[i] / (1 - beta2^t)
//     p[i] <- p[i] - lr * m^[i] / (sqrt(v^[i]) + eps)                        (*)
//
//   Check by thought: at t = 1, m^ = g and v^ = g^2, so (*) moves every weight by lr,
//   whatever its gradient, in the direction of -sign(g). Later |m^|/sqrt(v^) is 1 where
//   gradients agree and near 0 where they only jitter: a signal-to-noise ratio. So no step
//   is much longer than lr, and lr has the unit of a weight.
//
// eps stands outside the root. It matters where gradients are about as small as eps itself.
//
//     weight_decay  g[i] <- g[i] + weight_decay * p[i], as in sgd: the pull to 0 goes
//                   through the averages and is divided by sqrt(v), too. adamw does not
//                   do that.
//     amsgrad       divides by the largest v there has been, so that steps never grow
//                   again: with it, and not without, convergence can be proved
//     maximize      climbs: g is negated first
//
// Source: Kingma, Ba, Adam: a method for stochastic optimization (ICLR 2015); amsgrad:
// Reddi, Kale, Kumar, On the convergence of Adam and beyond (ICLR 2018). Names and defaults
// as in PyTorch's Adam.
#include "optim.hpp"

namespace {

using namespace hg::plugin;

enum Input { param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq };
enum Hyper { lr, betas, eps, weight_decay, amsgrad, maximize };

struct Adam {
  static void infer(Call& c) {
    check_update(c);
    check_betas(c.attr(betas));
  }

  template <class T>
  static void forward(Call& c) {
    const double beta1 = c.attr(betas).numbers()[0], beta2 = c.attr(betas).numbers()[1];
    const double t = double(c.step());
    const T rate = T(c.attr(lr).number() / (1 - std::pow(beta1, t)));
    const T root = T(std::sqrt(1 - std::pow(beta2, t)));
    const T take1 = T(1 - beta1), keep2 = T(beta2), take2 = T(1 - beta2);
    const T decay = T(c.attr(weight_decay).number()), tiny = T(c.attr(eps).number());
    const T sign = c.attr(maximize).flag() ? T(-1) : T(1);
    T *p = c.inout<T>(param), *m = c.inout<T>(exp_avg), *v = c.inout<T>(exp_avg_sq);
    T* v_max = c.given(max_exp_avg_sq) ? c.inout<T>(max_exp_avg_sq) : nullptr;
    const T* g = c.in<T>(grad);

    for_each_element(c, [=](int64_t i) {
      T d = sign * g[i] + decay * p[i];
      m[i] += take1 * (d - m[i]);
      v[i] = keep2 * v[i] + take2 * d * d;
      T w = v[i];
      if (v_max) w = v_max[i] = std::max(v_max[i], w);
      p[i] -= rate * m[i] / (std::sqrt(w) / root + tiny);
    });
  }
};

}  // namespace

void describe_adam(Plugin& plugin) {
  const char* formula =
      "m = b1*m + (1-b1)*g; v = b2*v + (1-b2)*g^2; "
      "p = p - lr * m/(1-b1^t) / (sqrt(v/(1-b2^t)) + eps)";
  plugin.op<Adam>("optim.adam_step")
      .doc("one step of Adam, in place")
      .formula(formula)
      .in("param")
      .in("grad")
      .in("exp_avg", "m, leaky average of gradients")
      .in("exp_avg_sq", "v, leaky average of squared gradients")
      .optional_in("max_exp_avg_sq", "the largest v so far, if amsgrad")
      .attr("lr", HG_FLOAT, 1e-3, "size of the step", 0.0)
      .attr("betas", HG_FLOATS, {0.9, 0.999}, "shares of m and v that are kept", 0.0)
      .attr("eps", HG_FLOAT, 1e-8, "keeps 0/0 away", 0.0)
      .attr("weight_decay", HG_FLOAT, 0.0, "strength of the pull to 0", 0.0)
      .attr("amsgrad", HG_BOOL, false, "divide by the largest v so far")
      .attr("maximize", HG_BOOL, false, "climb instead")
      .writes({param, exp_avg, exp_avg_sq, max_exp_avg_sq})
      .flags(HG_NO_GRAD)
      .sample("normal[3,4] normal[3,4] normal[3,4] positive[3,4]")
      .sample("normal[5] normal[5] normal[5] positive[5] positive[5]",
              R"({"lr":0.1,"betas":[0.5,0.8],"amsgrad":true,"weight_decay":0.1,
                  "maximize":true})");
  plugin.kernel<Adam, float, double>("optim.adam_step");

  plugin.optimizer("optim.adam")
      .doc("mean gradient over root mean square gradient, both corrected for their start")
      .formula(formula)
      .update_op("optim.adam_step")
      .slot("exp_avg")
      .slot("exp_avg_sq")
      .slot("max_exp_avg_sq", "amsgrad");
}
