// yogi: Adam whose second average moves at a speed of its own.
//
// Adam's mean square follows the newest gradient in proportion to how far they are apart:
//
//     v <- v + (1-beta2) * (g^2 - v)
//
// After large gradients a run of small ones lets v, and with it the protection against long
// steps, fall by (1-beta2) * v a step, however small g is. Yogi goes in the same direction,
// but by (1-beta2) * g^2:
//
//     v[i] <- v[i] + (1-beta2) * sign(g[i]^2 - v[i]) * g[i]^2
//
// It rises about as fast as Adam's, but falls only as the gradients that are there allow:
// where g is 0, as for most weights of an embedding in most batches, v stays. Like Adam's
// it cannot become negative: it falls only if g^2 < v, and by less than g^2.
//
// Everything else is Adam: m[i] <- beta1 * m[i] + (1-beta1) * g[i], both corrected for
// their start at 0, and
//
//     p[i] <- p[i] - lr * m^[i] / (sqrt(v^[i]) + eps)
//
// eps is 0.001 by default, as the paper advises, and lr 0.01.
//
//     weight_decay  g[i] <- g[i] + weight_decay * p[i], as in sgd
//     maximize      climbs: g is negated first
//
// Source: Zaheer, Reddi, Sachan, Kale, Kumar, Adaptive methods for nonconvex optimization
// (NeurIPS 2018), with the start at 0 and its correction of Dive into Deep Learning, 11.10.
#include "optim.hpp"

namespace {

using namespace hg::plugin;

enum Input { param, grad, exp_avg, exp_avg_sq };
enum Hyper { lr, betas, eps, weight_decay, maximize };

struct Yogi {
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
    const T take1 = T(1 - beta1), take2 = T(1 - beta2);
    const T decay = T(c.attr(weight_decay).number()), tiny = T(c.attr(eps).number());
    const T sign = c.attr(maximize).flag() ? T(-1) : T(1);
    T *p = c.inout<T>(param), *m = c.inout<T>(exp_avg), *v = c.inout<T>(exp_avg_sq);
    const T* g = c.in<T>(grad);

    for_each_element(c, [=](int64_t i) {
      T d = sign * g[i] + decay * p[i], square = d * d;
      m[i] += take1 * (d - m[i]);
      T direction = T(square > v[i]) - T(square < v[i]);
      v[i] += take2 * direction * square;
      p[i] -= rate * m[i] / (std::sqrt(v[i]) / root + tiny);
    });
  }
};

}  // namespace

void describe_yogi(Plugin& plugin) {
  const char* formula =
      "m = b1*m + (1-b1)*g; v = v + (1-b2)*sign(g^2-v)*g^2; "
      "p = p - lr * m/(1-b1^t) / (sqrt(v/(1-b2^t)) + eps)";
  plugin.op<Yogi>("optim.yogi_step")
      .doc("one step of Yogi, in place")
      .formula(formula)
      .in("param")
      .in("grad")
      .in("exp_avg", "m, leaky average of gradients")
      .in("exp_avg_sq", "v, which follows the squared gradients")
      .attr("lr", HG_FLOAT, 1e-2, "size of the step", 0.0)
      .attr("betas", HG_FLOATS, {0.9, 0.999}, "share of m that is kept, speed of v", 0.0)
      .attr("eps", HG_FLOAT, 1e-3, "keeps steps short where gradients are small", 0.0)
      .attr("weight_decay", HG_FLOAT, 0.0, "strength of the pull to 0", 0.0)
      .attr("maximize", HG_BOOL, false, "climb instead")
      .writes({param, exp_avg, exp_avg_sq})
      .flags(HG_NO_GRAD)
      .sample("normal[3,4] normal[3,4] normal[3,4] positive[3,4]")
      .sample("normal[5] normal[5] normal[5] positive[5]",
              R"({"lr":0.1,"betas":[0.5,0.8],"weight_decay":0.1,"maximize":true})");
  plugin.kernel<Yogi, float, double>("optim.yogi_step");

  plugin.optimizer("optim.yogi")
      .doc("Adam whose mean square falls slowly where gradients are small")
      .formula(formula)
      .update_op("optim.yogi_step")
      .slot("exp_avg")
      .slot("exp_avg_sq");
}
