// adamw: Adam whose weight decay is a decay of weights.
//
// In sgd two things are the same: adding weight_decay/2 * sum p[i]^2 to the loss (its
// gradient is weight_decay * p), and shrinking each weight by a share lr * weight_decay of
// itself in every step. In Adam they are not. There the added gradient is divided by
// sqrt(v) like the rest of g:
//
//     p[i] <- p[i] - lr * (m of g + weight_decay * p)[i] / sqrt(v[i])
//
// so a weight with large gradients is hardly pulled at all, though it is the one that
// overfits. Here the pull stays outside:
//
//     p[i] <- p[i] - lr * weight_decay * p[i]            every weight by the same share
//     p[i] <- p[i] - lr * m^[i] / (sqrt(v^[i]) + eps)    as in Adam, with the plain g
//
//   Check by thought: with g = 0 the weights shrink as (1 - lr*weight_decay)^t; in Adam
//   they would walk to 0 with steps of size lr, the small ones as fast as the large ones.
//
// The averages m, v, their correction, amsgrad and maximize are those of adam.cpp.
// weight_decay is 0.01 by default, not 0 as there.
//
// Source: Loshchilov, Hutter, Decoupled weight decay regularization (ICLR 2019); names and
// defaults as in PyTorch's AdamW.
#include "optim.hpp"

namespace {

using namespace hg::plugin;

enum Input { param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq };
enum Hyper { lr, betas, eps, weight_decay, amsgrad, maximize };

struct AdamW {
  static void infer(Call& c) {
    check_update(c);
    check_betas(c.attr(betas));
  }

  template <class T>
  static void forward(Call& c) {
    const double beta1 = c.attr(betas).numbers()[0], beta2 = c.attr(betas).numbers()[1];
    const double t = double(c.step());
    const T shrink = T(1 - c.attr(lr).number() * c.attr(weight_decay).number());
    const T rate = T(c.attr(lr).number() / (1 - std::pow(beta1, t)));
    const T root = T(std::sqrt(1 - std::pow(beta2, t)));
    const T take1 = T(1 - beta1), keep2 = T(beta2), take2 = T(1 - beta2);
    const T tiny = T(c.attr(eps).number());
    const T sign = c.attr(maximize).flag() ? T(-1) : T(1);
    T *p = c.inout<T>(param), *m = c.inout<T>(exp_avg), *v = c.inout<T>(exp_avg_sq);
    T* v_max = c.given(max_exp_avg_sq) ? c.inout<T>(max_exp_avg_sq) : nullptr;
    const T* g = c.in<T>(grad);

    for_each_element(c, [=](int64_t i) {
      T d = sign * g[i];
      m[i] += take1 * (d - m[i]);
      v[i] = keep2 * v[i] + take2 * d * d;
      T w = v[i];
      if (v_max) w = v_max[i] = std::max(v_max[i], w);
      p[i] = shrink * p[i] - rate * m[i] / (std::sqrt(w) / root + tiny);
    });
  }
};

}  // namespace

void describe_adamw(Plugin& plugin) {
  const char* formula =
      "p = p - lr*weight_decay*p; m = b1*m + (1-b1)*g; v = b2*v + (1-b2)*g^2; "
      "p = p - lr * m/(1-b1^t) / (sqrt(v/(1-b2^t)) + eps)";
  plugin.op<AdamW>("optim.adamw_step")
      .doc("one step of AdamW, in place")
      .formula(formula)
      .in("param")
      .in("grad")
      .in("exp_avg", "m, leaky average of gradients")
      .in("exp_avg_sq", "v, leaky average of squared gradients")
      .optional_in("max_exp_avg_sq", "the largest v so far, if amsgrad")
      .attr("lr", HG_FLOAT, 1e-3, "size of the step", 0.0)
      .attr("betas", HG_FLOATS, {0.9, 0.999}, "shares of m and v that are kept", 0.0)
      .attr("eps", HG_FLOAT, 1e-8, "keeps 0/0 away", 0.0)
      .attr("weight_decay", HG_FLOAT, 1e-2, "share of a weight that is lost, over lr", 0.0)
      .attr("amsgrad", HG_BOOL, false, "divide by the largest v so far")
      .attr("maximize", HG_BOOL, false, "climb instead")
      .writes({param, exp_avg, exp_avg_sq, max_exp_avg_sq})
      .flags(HG_NO_GRAD)
      .sample("normal[3,4] normal[3,4] normal[3,4] positive[3,4]")
      .sample("normal[5] normal[5] normal[5] positive[5] positive[5]",
              R"({"lr":0.1,"betas":[0.5,0.8],"amsgrad":true,"weight_decay":0.5,
                  "maximize":true})");
  plugin.kernel<AdamW, float, double>("optim.adamw_step");

  plugin.optimizer("optim.adamw")
      .doc("Adam with the weight decay beside the gradient, not in it")
      .formula(formula)
      .update_op("optim.adamw_step")
      .slot("exp_avg")
      .slot("exp_avg_sq")
      .slot("max_exp_avg_sq", "amsgrad");
}
