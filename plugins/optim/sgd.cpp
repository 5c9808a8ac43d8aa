// sgd: step downhill, with momentum if wanted.
//
// The gradient g[i] = dL/dp[i] points uphill, so the plainest step is
//
//     p[i] <- p[i] - lr * g[i]
//
// Three things may be added to it, in this order:
//
//     weight decay   g[i] <- g[i] + weight_decay * p[i], the gradient of an additional loss
//                    weight_decay/2 * sum p[i]^2, which pulls every weight towards 0
//     momentum       b[i] <- momentum * b[i] + (1 - dampening) * g[i]: a leaky sum of the
//                    past gradients, 1/(1-momentum) of them at equal weight. Steps along b
//                    average out what changes sign and add up what does not.
//     Nesterov       steps along g + momentum * b, the gradient as it would be felt after
//                    the momentum has acted, instead of along b
//
// At the first step b is g itself, undamped (there is no past to average with).
//
// `maximize` climbs instead: every g is negated first.
//
// Source: Sutskever, Martens, Dahl, Hinton, On the importance of initialization and
// momentum in deep learning (ICML 2013); names and defaults as in PyTorch's SGD.
#include "optim.hpp"

namespace {

using namespace hg::plugin;

enum Input { param, grad, buffer };
enum Hyper { lr, momentum, dampening, weight_decay, nesterov, maximize };

struct Sgd {
  static void infer(Call& c) {
    check_update(c);
    bool off = c.attr(momentum).number() == 0 || c.attr(dampening).number() != 0;
    require(!c.attr(nesterov).flag() || !off,
            "nesterov needs a momentum above 0 and a dampening of 0; they are ",
            c.attr(momentum).number(), " and ", c.attr(dampening).number());
  }

  template <class T>
  static void forward(Call& c) {
    const T rate = T(c.attr(lr).number()), mu = T(c.attr(momentum).number());
    const T keep = T(1 - c.attr(dampening).number());
    const T decay = T(c.attr(weight_decay).number());
    const T sign = c.attr(maximize).flag() ? T(-1) : T(1);
    const bool ahead = c.attr(nesterov).flag(), first = c.step() == 1;
    T* p = c.inout<T>(param);
    const T* g = c.in<T>(grad);
    T* b = c.given(buffer) ? c.inout<T>(buffer) : nullptr;

    for_each_element(c, [=](int64_t i) {
      T d = sign * g[i] + decay * p[i];
      if (b) {
        b[i] = first ? d : mu * b[i] + keep * d;
        d = ahead ? d + mu * b[i] : b[i];
      }
      p[i] -= rate * d;
    });
  }
};

}  // namespace

void describe_sgd(Plugin& plugin) {
  plugin.op<Sgd>("optim.sgd_step")
      .doc("one step of stochastic gradient descent, in place")
      .formula("b = momentum*b + (1-dampening)*g; p = p - lr*b")
      .in("param")
      .in("grad")
      .optional_in("momentum_buffer")
      .attr("lr", HG_FLOAT, 1e-3, "size of the step", 0.0)
      .attr("momentum", HG_FLOAT, 0.0, "share of b that is kept", 0.0)
      .attr("dampening", HG_FLOAT, 0.0, "share of g that is left out of b")
      .attr("weight_decay", HG_FLOAT, 0.0, "strength of the pull to 0", 0.0)
      .attr("nesterov", HG_BOOL, false, "look ahead along b")
      .attr("maximize", HG_BOOL, false, "climb instead")
      .writes({param, buffer})
      .flags(HG_NO_GRAD)
      .sample("normal[3,4] normal[3,4]")
      .sample("normal[5] normal[5] normal[5]",
              R"({"lr":0.1,"momentum":0.9,"nesterov":true})")
      .sample("normal[2,3] normal[2,3] normal[2,3]",
              R"({"momentum":0.5,"dampening":0.2,"weight_decay":0.1,"maximize":true})");
  plugin.kernel<Sgd, float, double>("optim.sgd_step");

  plugin.optimizer("optim.sgd")
      .doc("stochastic gradient descent")
      .formula("b = momentum*b + (1-dampening)*g; p = p - lr*b")
      .update_op("optim.sgd_step")
      .slot("momentum_buffer", "momentum");
}
