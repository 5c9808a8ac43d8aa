// instance_norm: each channel of each sample brought to mean 0 and variance 1.
//
// It is group_norm with a group for each channel, whose file derives it:
//
//     y[n,c,i] = (x[n,c,i] - m[n,c])/sqrt(v[n,c] + eps) w[c] + b[c]
//
// Contrast and brightness of a picture are in m and v; without them its content is the same
// in any light. (Ulyanov, Vedaldi, Lempitsky: Instance normalization: the missing
// ingredient for fast stylization, 2016.)
//
// If there are running statistics, they move towards the mean over the batch of m[n,c] and
// of v[n,c] R/(R-1), R being the places of a grid:
//
//     running_mean[c] := (1 - momentum) running_mean[c] + momentum (1/N) sum_n m[n,c]
//
// and without use_input_stats they take the place of m and v: that is batch_norm when it
// does not train.
#include "autograd/grad_mode.hpp"
#include "nn/functional.hpp"

namespace hg {

namespace {

void require(bool rule, const std::string& problem) {
  if (!rule) throw Error("instance_norm", problem);
}

// x (N,C,...) moves both towards its statistics.
void learn_statistics(const Tensor& x, Tensor mean, Tensor var, double momentum) {
  const no_grad guard;
  const Tensor grids = x.detach().reshape({x.size(0), x.size(1), -1});
  mean.mul_(1 - momentum).add_(grids.mean(2).mean(0) * momentum);
  var.mul_(1 - momentum).add_(grids.var(2).mean(0) * momentum);
}

}  // namespace

Tensor nn::functional::instance_norm(const Tensor& x, const Tensor& running_mean,
                                     const Tensor& running_var, const Tensor& weight,
                                     const Tensor& bias, bool use_input_stats,
                                     double momentum, double eps) {
  const std::string shape = x.shape().to_string();
  require(x.dim() >= 2, "input is " + shape + ": it must be (N,C,...)");
  const bool running = running_mean.defined();
  require(running == running_var.defined(),
          "running_mean and running_var go together: both or none");
  if (!use_input_stats) {
    require(running, "without use_input_stats it needs running statistics");
    return batch_norm(x, running_mean, running_var, weight, bias, false, momentum, eps);
  }
  const int64_t C = x.size(1);
  require(C > 0, "input is " + shape + ": it has no channels");
  bool one_place = true;
  for (int d = 2; d < x.dim(); ++d) one_place &= x.size(d) == 1;
  require(!one_place, "input is " + shape + ": one place for each channel has no variance");
  const Tensor y = group_norm(x, C, weight, bias, eps);
  if (running && x.size(0) > 0) {
    for (const Tensor& t : {running_mean, running_var}) {
      require(t.shape() == Shape{C}, "running statistics are " + t.shape().to_string() +
                                         ": input " + shape + " has " + std::to_string(C) +
                                         " channels");
    }
    learn_statistics(x, running_mean, running_var, momentum);
  }
  return y;
}

}  // namespace hg
