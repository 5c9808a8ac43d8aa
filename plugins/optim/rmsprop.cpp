// rmsprop: Adagrad that forgets.
//
// Adagrad divides by the root of the sum of all squared gradients, which only grows, so its
// steps die away. Here the sum becomes a leaky average: what happened k steps ago counts
// with weight (1-alpha) * alpha^k, so about the last 1/(1-alpha) = 100 steps matter.
//
//     v[i] <- alpha * v[i] + (1-alpha) * g[i]^2
//     p[i] <- p[i] - lr * g[i] / (sqrt(v[i]) + eps)
//
// sqrt(v) is the root of the mean square: hence the name. The step is lr times a number of
// size about 1, whatever the size of the gradients.
//
//   Check by thought: with g always the same, v -> g^2 and the step -> lr * sign(g). But v
//   starts at 0: after the first step it is (1-alpha) g^2, so the first step is 10 times as
//   large as that (alpha = 0.99). Adam corrects it; here it is left, as everywhere.
//
//     centered     subtracts the square of the average gradient, a[i], so that the variance
//                  is left: sqrt(v - a^2). Steps grow where gradients agree.
//     momentum     the quotients run through a leaky sum:
//                  b[i] <- momentum * b[i] + g/(...),  p[i] <- p[i] - lr * b[i]
//     weight_decay g[i] <- g[i] + weight_decay * p[i], as in sgd
//     maximize     climbs: g is negated first
//
// The delicate point of `centered`: v - a^2 is a variance and cannot be negative, but where
// gradients hardly change it is the difference of two numbers that are nearly the same.
// Rounding may leave it below 0, and the root is no number then, as in PyTorch.
//
// Source: Tieleman, Hinton, Lecture 6.5 of Neural networks for machine learning (2012);
// centered: Graves, Generating sequences with recurrent neural networks (2013). Names and
// defaults as in PyTorch's RMSprop.
#include "optim.hpp"

namespace {

using namespace hg::plugin;

enum Input { param, grad, square_avg, grad_avg, buffer };
enum Hyper { lr, alpha, eps, weight_decay, momentum, centered, maximize };

struct Rmsprop {
  static void infer(Call& c) { check_update(c); }

  template <class T>
  static void forward(Call& c) {
    const T rate = T(c.attr(lr).number()), tiny = T(c.attr(eps).number());
    const T keep = T(c.attr(alpha).number()), take = T(1 - c.attr(alpha).number());
    const T mu = T(c.attr(momentum).number()), decay = T(c.attr(weight_decay).number());
    const T sign = c.attr(maximize).flag() ? T(-1) : T(1);
    T *p = c.inout<T>(param), *v = c.inout<T>(square_avg);
    T* a = c.given(grad_avg) ? c.inout<T>(grad_avg) : nullptr;
    T* b = c.given(buffer) ? c.inout<T>(buffer) : nullptr;
    const T* g = c.in<T>(grad);

    for_each_element(c, [=](int64_t i) {
      T d = sign * g[i] + decay * p[i];
      v[i] = keep * v[i] + take * d * d;
      T spread = v[i];
      if (a) {
        a[i] += take * (d - a[i]);
        spread -= a[i] * a[i];
      }
      d /= std::sqrt(spread) + tiny;
      if (b) d = b[i] = mu * b[i] + d;
      p[i] -= rate * d;
    });
  }
};

}  // namespace

void describe_rmsprop(Plugin& plugin) {
  const char* formula =
      "v = alpha*v + (1-alpha)*g^2; b = momentum*b + g/(sqrt(v)+eps); p = p - lr*b";
  plugin.op<Rmsprop>("optim.rmsprop_step")
      .doc("one step of RMSprop, in place")
      .formula(formula)
      .in("param")
      .in("grad")
      .in("square_avg", "leaky average of squared gradients")
      .optional_in("grad_avg", "leaky average of gradients, if centered")
      .optional_in("momentum_buffer")
      .attr("lr", HG_FLOAT, 1e-2, "size of the step", 0.0)
      .attr("alpha", HG_FLOAT, 0.99, "share of the averages that is kept", 0.0)
      .attr("eps", HG_FLOAT, 1e-8, "keeps 0/0 away", 0.0)
      .attr("weight_decay", HG_FLOAT, 0.0, "strength of the pull to 0", 0.0)
      .attr("momentum", HG_FLOAT, 0.0, "share of b that is kept", 0.0)
      .attr("centered", HG_BOOL, false, "divide by the spread of the gradients")
      .attr("maximize", HG_BOOL, false, "climb instead")
      .writes({param, square_avg, grad_avg, buffer})
      .flags(HG_NO_GRAD)
      .sample("normal[3,4] normal[3,4] positive[3,4]")
      .sample("normal[5] normal[5] positive[5] none normal[5]",
              R"({"momentum":0.9,"weight_decay":0.1,"maximize":true})")
      .sample("normal[9] normal[9] positive[9] simplex[9] normal[9]",
              R"({"lr":0.1,"alpha":0.9,"momentum":0.5,"centered":true})");
  plugin.kernel<Rmsprop, float, double>("optim.rmsprop_step");

  plugin.optimizer("optim.rmsprop")
      .doc("steps divided by the root of the mean square gradient")
      .formula(formula)
      .update_op("optim.rmsprop_step")
      .slot("square_avg")
      .slot("grad_avg", "centered")
      .slot("momentum_buffer", "momentum");
}
