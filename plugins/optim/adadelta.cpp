// adadelta: no learning rate to choose.
//
// RMSprop's step lr * g/sqrt(v) is a pure number times lr, but it is added to a weight, and
// weights have units of their own. Newton's step g/L'' has the right one, [p], for
// [g] = [L/p] and [L''] = [L/p^2]. Adadelta makes it of what it has seen: a leaky average
// of the squared *steps*, u, in the numerator.
//
//     v[i] <- rho * v[i] + (1-rho) * g[i]^2                       squared gradients
//     d[i]  = sqrt(u[i] + eps) / sqrt(v[i] + eps) * g[i]          unit: [p]/[g] * [g] = [p]
//     u[i] <- rho * u[i] + (1-rho) * d[i]^2                       squared steps
//     p[i] <- p[i] - lr * d[i]
//
// lr is 1 and may stay so: what it does is done by u, which follows the steps that lately
// were taken. eps is no mere guard here: u starts at 0, so the first steps have size
// sqrt(eps/(1-rho)), and u grows from there.
//
//     weight_decay  g[i] <- g[i] + weight_decay * p[i], as in sgd
//     maximize      climbs: g is negated first
//
// Source: Zeiler, ADADELTA: an adaptive learning rate method (2012); names and defaults as
// in PyTorch's Adadelta.
#include "optim.hpp"

namespace {

using namespace hg::plugin;

enum Input { param, grad, square_avg, acc_delta };
enum Hyper { lr, rho, eps, weight_decay, maximize };

struct Adadelta {
  static void infer(Call& c) { check_update(c); }

  template <class T>
  static void forward(Call& c) {
    const T rate = T(c.attr(lr).number()), tiny = T(c.attr(eps).number());
    const T keep = T(c.attr(rho).number()), take = T(1 - c.attr(rho).number());
    const T decay = T(c.attr(weight_decay).number());
    const T sign = c.attr(maximize).flag() ? T(-1) : T(1);
    T *p = c.inout<T>(param), *v = c.inout<T>(square_avg), *u = c.inout<T>(acc_delta);
    const T* g = c.in<T>(grad);

    for_each_element(c, [=](int64_t i) {
      T d = sign * g[i] + decay * p[i];
      v[i] = keep * v[i] + take * d * d;
      d *= std::sqrt(u[i] + tiny) / std::sqrt(v[i] + tiny);
      u[i] = keep * u[i] + take * d * d;
      p[i] -= rate * d;
    });
  }
};

}  // namespace

void describe_adadelta(Plugin& plugin) {
  const char* formula =
      "v = rho*v + (1-rho)*g^2; d = sqrt(u+eps)/sqrt(v+eps)*g; "
      "u = rho*u + (1-rho)*d^2; p = p - lr*d";
  plugin.op<Adadelta>("optim.adadelta_step")
      .doc("one step of Adadelta, in place")
      .formula(formula)
      .in("param")
      .in("grad")
      .in("square_avg", "leaky average of squared gradients")
      .in("acc_delta", "leaky average of squared steps")
      .attr("lr", HG_FLOAT, 1.0, "factor of the step", 0.0)
      .attr("rho", HG_FLOAT, 0.9, "share of the averages that is kept", 0.0, 1.0)
      .attr("eps", HG_FLOAT, 1e-6, "sets the size of the first steps", 0.0)
      .attr("weight_decay", HG_FLOAT, 0.0, "strength of the pull to 0", 0.0)
      .attr("maximize", HG_BOOL, false, "climb instead")
      .writes({param, square_avg, acc_delta})
      .flags(HG_NO_GRAD)
      .sample("normal[3,4] normal[3,4] positive[3,4] positive[3,4]")
      .sample("normal[5] normal[5] positive[5] positive[5]",
              R"({"lr":0.5,"rho":0.5,"weight_decay":0.1,"maximize":true})");
  plugin.kernel<Adadelta, float, double>("optim.adadelta_step");

  plugin.optimizer("optim.adadelta")
      .doc("steps of the size of earlier steps; no learning rate to choose")
      .formula(formula)
      .update_op("optim.adadelta_step")
      .slot("square_avg")
      .slot("acc_delta");
}
