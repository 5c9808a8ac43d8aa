#include "optim/clip.hpp"

#include <cmath>

#include "autograd/grad_mode.hpp"
#include "ops/functions.hpp"
#include "optim/numbers.hpp"
#include "tensor/error.hpp"

namespace hg::optim {
namespace {

std::vector<Tensor> gradients_of(const std::vector<Tensor>& params) {
  std::vector<Tensor> gradients;
  for (const Tensor& p : params) {
    if (Tensor g = p.grad(); g.defined() && g.numel() > 0) gradients.push_back(g);
  }
  return gradients;
}

}  // namespace

// The norm of the norms is the norm of the whole: (sum_i (sum_j |g_ij|^p)^(p/p))^(1/p).
double clip_grad_norm(const std::vector<Tensor>& params, double max_norm, double norm_type,
                      bool error_if_nonfinite) {
  if (!(max_norm >= 0)) {
    throw Error("clip_grad_norm",
                "max_norm is " + number_text(max_norm) + "; it must be at least 0");
  }
  no_grad guard;
  std::vector<Tensor> gradients = gradients_of(params);
  if (gradients.empty()) return 0;
  std::vector<double> norms;
  for (const Tensor& g : gradients) norms.push_back(g.norm(norm_type).item());
  double total = tensor(norms, f64).norm(norm_type).item();
  if (error_if_nonfinite && !std::isfinite(total)) {
    throw Error("clip_grad_norm", "the norm of all gradients is " + number_text(total),
                "look for the first operation whose result is not finite");
  }
  // Also when it is not finite, so that what is wrong shows in the parameters.
  double factor = max_norm / (total + 1e-6);
  if (!(factor >= 1)) {
    for (const Tensor& g : gradients) g.mul_(factor);
  }
  return total;
}

void clip_grad_value(const std::vector<Tensor>& params, double limit) {
  if (!(limit >= 0)) {
    throw Error("clip_grad_value",
                "the limit is " + number_text(limit) + "; it must be at least 0");
  }
  no_grad guard;
  for (const Tensor& g : gradients_of(params)) g.clamp_(-limit, limit);
}

}  // namespace hg::optim
