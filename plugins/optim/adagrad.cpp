// adagrad: a step size for every weight, smaller where gradients have been large.
//
// In a text most words are rare. The weights of a rare word feel a gradient now and then,
// those of "the" in every batch, and one step size cannot suit both. So each weight keeps
// the sum of its squared gradients, and divides by the root of it:
//
//     s[i] <- s[i] + g[i]^2
//     p[i] <- p[i] - lr * g[i] / (sqrt(s[i]) + eps)
//
// Why the root: then the step has no unit of g in it. If every gradient of weight i is
// multiplied by 10 (its feature is measured in millimetres instead of centimetres), g and
// sqrt(s) both grow by 10 and the step is the same. In other words, the diagonal matrix
// 1/sqrt(s) stands in for the curvature, which nobody can afford to compute.
//
//   Check by thought: with g always the same, s is t g^2 after t steps and the step is
//   lr/sqrt(t). The learning rate decays by itself, and never recovers: good for convex
//   problems, too early a rest for deep networks. RMSprop cures that.
//
//     lr_decay                    shrinks the rate further: lr / (1 + (t-1) * lr_decay)
//     initial_accumulator_value   s before the first step; above 0 it tames the first steps
//     weight_decay                g[i] <- g[i] + weight_decay * p[i], as in sgd
//     eps                         only keeps 0/0 away
//     maximize                    climbs: g is negated first
//
// Source: Duchi, Hazan, Singer, Adaptive subgradient methods for online learning and
// stochastic optimization (JMLR 2011); names and defaults as in PyTorch's Adagrad.
#include "optim.hpp"

namespace {

using namespace hg::plugin;

enum Input { param, grad, sum };
enum Hyper { lr, lr_decay, weight_decay, initial_accumulator_value, eps, maximize };

struct Adagrad {
  static void infer(Call& c) { check_update(c); }

  template <class T>
  static void forward(Call& c) {
    const double past = double(c.step() - 1);
    const T rate = T(c.attr(lr).number() / (1 + past * c.attr(lr_decay).number()));
    const T decay = T(c.attr(weight_decay).number()), tiny = T(c.attr(eps).number());
    const T initial = T(c.attr(initial_accumulator_value).number());
    const T sign = c.attr(maximize).flag() ? T(-1) : T(1);
    const bool first = c.step() == 1;
    T *p = c.inout<T>(param), *s = c.inout<T>(sum);
    const T* g = c.in<T>(grad);

    for_each_element(c, [=](int64_t i) {
      T d = sign * g[i] + decay * p[i];
      s[i] = (first ? initial : s[i]) + d * d;
      p[i] -= rate * d / (std::sqrt(s[i]) + tiny);
    });
  }
};

}  // namespace

void describe_adagrad(Plugin& plugin) {
  const char* formula = "s = s + g^2; p = p - lr*g / (sqrt(s) + eps)";
  plugin.op<Adagrad>("optim.adagrad_step")
      .doc("one step of Adagrad, in place")
      .formula(formula)
      .in("param")
      .in("grad")
      .in("sum", "of squared gradients")
      .attr("lr", HG_FLOAT, 1e-2, "size of the step", 0.0)
      .attr("lr_decay", HG_FLOAT, 0.0, "lr is divided by 1 + lr_decay * steps taken", 0.0)
      .attr("weight_decay", HG_FLOAT, 0.0, "strength of the pull to 0", 0.0)
      .attr("initial_accumulator_value", HG_FLOAT, 0.0, "the sum at the start", 0.0)
      .attr("eps", HG_FLOAT, 1e-10, "keeps 0/0 away", 0.0)
      .attr("maximize", HG_BOOL, false, "climb instead")
      .writes({param, sum})
      .flags(HG_NO_GRAD)
      .sample("normal[3,4] normal[3,4] positive[3,4]")
      .sample("normal[5] normal[5] positive[5]",
              R"({"lr":0.1,"lr_decay":0.5,"weight_decay":0.1,"maximize":true,
                  "initial_accumulator_value":0.1})");
  plugin.kernel<Adagrad, float, double>("optim.adagrad_step");

  plugin.optimizer("optim.adagrad")
      .doc("steps shrink with the sum of squared gradients")
      .formula(formula)
      .update_op("optim.adagrad_step")
      .slot("sum");
}
