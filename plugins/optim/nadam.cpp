// nadam: Adam with Nesterov's look ahead.
//
// Momentum steps along m, the average up to now. Nesterov's variant steps along what m will
// be once the *next* step has faded it, and gives the newest gradient its full share.
// Adam's step, with the corrected m^ split into the old average and the new gradient,
//
//     lr * (beta1 * m_old + (1-beta1) * g) / (1 - beta1^t) / (sqrt(v^) + eps)
//
// becomes, when m_old is replaced by m, which already knows g:
//
//     lr * ( mu' * m / (1 - M mu')  +  (1-mu) * g / (1 - M) ) / (sqrt(v^) + eps)      (*)
//
// where the constant beta1 has made room for a momentum that warms up,
//
//     mu_t = beta1 * (1 - 0.5 * 0.96^(t * momentum_decay))     from beta1/2 towards beta1
//     mu   = mu_t,   mu' = mu_{t+1}
//     M    = mu_1 * mu_2 * ... * mu_t
//
// and M takes the place of beta1^t in the correction: with a changing momentum the weights
// of the average add up to 1 - M. m and v themselves are those of Adam:
//
//     m[i] <- beta1 * m[i] + (1-beta1) * g[i]
//     v[i] <- beta2 * v[i] + (1-beta2) * g[i]^2
//
// M is one number a parameter, kept as state in double precision.
//
//   Check by thought: with momentum_decay = 0, mu is beta1/2 for ever; the warm-up is over
//   (0.96^(t * momentum_decay) < 0.01) only after 28,000 steps with the default of 0.004.
//
//     weight_decay             g[i] <- g[i] + weight_decay * p[i], as in sgd
//     decoupled_weight_decay   instead p[i] <- p[i] - lr * weight_decay * p[i], as in adamw
//     maximize                 climbs: g is negated first
//
// Source: Dozat, Incorporating Nesterov momentum into Adam (ICLR workshop 2016); names and
// defaults as in PyTorch's NAdam.
#include "optim.hpp"

namespace {

using namespace hg::plugin;

enum Input { param, grad, exp_avg, exp_avg_sq, mu_product };
enum Hyper { lr, betas, eps, weight_decay, momentum_decay, decoupled, maximize };

struct NAdam {
  static void infer(Call& c) {
    check_update(c, mu_product);
    check_betas(c.attr(betas));
    if (!c.given(mu_product)) return;
    const hg_tensor& m = c.in(mu_product);
    bool fits = m.ndim == 0 && m.code == HG_FLOAT_CODE && m.bits == 64;
    require(fits, "mu_product is one number of type f64; it is ", shape_text(m), " ",
            type_text(m));
  }

  template <class T>
  static void forward(Call& c) {
    const double beta1 = c.attr(betas).numbers()[0], beta2 = c.attr(betas).numbers()[1];
    const double t = double(c.step()), rate = c.attr(lr).number();
    const double fade = c.attr(momentum_decay).number();
    const double mu = beta1 * (1 - 0.5 * std::pow(0.96, t * fade));
    const double mu_next = beta1 * (1 - 0.5 * std::pow(0.96, (t + 1) * fade));
    double& product = *c.inout<double>(mu_product);
    product *= mu;
    const T rate_g = T(rate * (1 - mu) / (1 - product));
    const T rate_m = T(rate * mu_next / (1 - product * mu_next));

    const bool beside = c.attr(decoupled).flag();
    const double decay = c.attr(weight_decay).number();
    const T shrink = T(beside ? 1 - rate * decay : 1), pull = T(beside ? 0 : decay);
    const T correction = T(1 - std::pow(beta2, t));
    const T take1 = T(1 - beta1), keep2 = T(beta2), take2 = T(1 - beta2);
    const T tiny = T(c.attr(eps).number());
    const T sign = c.attr(maximize).flag() ? T(-1) : T(1);
    T *p = c.inout<T>(param), *m = c.inout<T>(exp_avg), *v = c.inout<T>(exp_avg_sq);
    const T* g = c.in<T>(grad);

    for_each_element(c, [=](int64_t i) {
      T d = sign * g[i] + pull * p[i];
      m[i] += take1 * (d - m[i]);
      v[i] = keep2 * v[i] + take2 * d * d;
      T size = std::sqrt(v[i] / correction) + tiny;
      p[i] = shrink * p[i] - (rate_g * d + rate_m * m[i]) / size;
    });
  }
};

}  // namespace

void describe_nadam(Plugin& plugin) {
  const char* formula =
      "m = b1*m + (1-b1)*g; v = b2*v + (1-b2)*g^2; p = p - lr * (mu'*m/(1-M*mu') + "
      "(1-mu)*g/(1-M)) / (sqrt(v/(1-b2^t)) + eps)";
  plugin.op<NAdam>("optim.nadam_step")
      .doc("one step of NAdam, in place")
      .formula(formula)
      .in("param")
      .in("grad")
      .in("exp_avg", "m, leaky average of gradients")
      .in("exp_avg_sq", "v, leaky average of squared gradients")
      .in("mu_product", "M, product of all momenta so far")
      .attr("lr", HG_FLOAT, 2e-3, "size of the step", 0.0)
      .attr("betas", HG_FLOATS, {0.9, 0.999}, "shares of m and v that are kept", 0.0)
      .attr("eps", HG_FLOAT, 1e-8, "keeps 0/0 away", 0.0)
      .attr("weight_decay", HG_FLOAT, 0.0, "strength of the pull to 0", 0.0)
      .attr("momentum_decay", HG_FLOAT, 4e-3, "speed of the momentum's warm-up", 0.0)
      .attr("decoupled_weight_decay", HG_BOOL, false, "weight decay as in AdamW")
      .attr("maximize", HG_BOOL, false, "climb instead")
      .writes({param, exp_avg, exp_avg_sq, mu_product})
      .flags(HG_NO_GRAD)
      .sample("normal[3,4] normal[3,4] normal[3,4] positive[3,4] uniform[]:f64")
      .sample("normal[5] normal[5] normal[5] positive[5] uniform[]:f64",
              R"({"lr":0.1,"betas":[0.5,0.8],"weight_decay":0.1,"momentum_decay":0.1})")
      .sample("normal[4] normal[4] normal[4] positive[4] uniform[]:f64",
              R"({"weight_decay":0.5,"decoupled_weight_decay":true,"maximize":true})");
  plugin.kernel<NAdam, float, double>("optim.nadam_step");

  plugin.optimizer("optim.nadam")
      .doc("Adam with Nesterov's look ahead and a momentum that warms up")
      .formula(formula)
      .update_op("optim.nadam_step")
      .slot("exp_avg")
      .slot("exp_avg_sq")
      .scalar_slot("mu_product", 1);
}
