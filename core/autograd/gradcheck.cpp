#include "autograd/gradcheck.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "autograd/backward.hpp"
#include "autograd/grad_mode.hpp"

namespace hg {
namespace {

using Function = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

// L = sum over outputs of sum over elements of c * y, with c drawn once.
class Probe {
 public:
  Probe(const Function& f, uint64_t seed) : f_(f), seed_(seed) {}

  // The weights of output i: normal, but never near 0, where a wrong term would hide.
  Tensor weights(size_t i, const Tensor& y) const {
    std::vector<double> c;
    for (uint64_t k = 0; k < uint64_t(y.numel()); ++k) {
      double z = normal_f64(seed_ + 1000 * (i + 1), k);
      c.push_back(z < 0 ? z - 0.1 : z + 0.1);
    }
    return tensor(c, f64).reshape(y.shape());
  }

  double value(const std::vector<Tensor>& inputs) const {
    no_grad guard;
    double sum = 0;
    std::vector<Tensor> outputs = f_(inputs);
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!is_floating(outputs[i].dtype())) continue;
      std::vector<double> y = outputs[i].to_vector<double>();
      std::vector<double> c = weights(i, outputs[i]).to_vector<double>();
      for (size_t k = 0; k < y.size(); ++k) sum += c[k] * y[k];
    }
    return sum;
  }

 private:
  const Function& f_;
  uint64_t seed_;
};

}  // namespace

GradCheck gradcheck(const Function& f, const std::vector<Tensor>& inputs,
                    const GradCheckOptions& options) {
  GradCheck result;
  Probe probe(f, options.seed);

  // Fresh leaves, so that the caller's gradients stay as they are.
  std::vector<Tensor> leaves;
  std::vector<size_t> active;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Tensor leaf = inputs[i].detach().clone();
    if (inputs[i].requires_grad()) {
      if (leaf.dtype() != f64) {
        throw Error("gradcheck",
                    "input " + std::to_string(i) + " is of type " + name(leaf.dtype()) +
                        "; it must be f64",
                    "convert it with to(f64)");
      }
      leaf.requires_grad_();
      active.push_back(i);
    }
    leaves.push_back(leaf);
  }
  if (active.empty()) throw Error("gradcheck", "no input requires a gradient");

  std::vector<Tensor> roots, weights;
  {
    enable_grad recording;
    std::vector<Tensor> outputs = f(leaves);
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!outputs[i].requires_grad()) continue;
      roots.push_back(outputs[i]);
      weights.push_back(probe.weights(i, outputs[i]).to(outputs[i].dtype()));
    }
  }
  if (roots.empty()) {
    result.report = "no output requires a gradient: nothing was recorded";
    return result;
  }
  backward(roots, weights);

  std::ostringstream report;
  report.precision(9);
  double largest_slope = 0, here = probe.value(leaves);
  for (size_t i : active) {
    Tensor g = leaves[i].grad();
    std::vector<double> gradient = g.defined()
                                     ? g.to_vector<double>()
                                     : std::vector<double>(size_t(leaves[i].numel()), 0);
    Tensor moved = leaves[i].detach();
    std::vector<Tensor> arguments = leaves;
    arguments[i] = moved;
    std::span<double> x = moved.span<double>();
    for (size_t k = 0; k < x.size(); ++k) {
      double before = x[k], h = options.step * std::max(1.0, std::abs(before));
      x[k] = before + h;
      double up = probe.value(arguments), width = x[k];
      x[k] = before - h;
      double down = probe.value(arguments);
      width -= x[k];
      x[k] = before;
      double slope = (up - down) / width;
      double right = (up - here) * 2 / width, left = (here - down) * 2 / width;
      largest_slope = std::max(largest_slope, std::abs(slope));
      // At a smooth point the two one-sided slopes differ by h times the curvature; at a
      // kink (relu at 0) by a jump.
      if (std::abs(right - left) > 1e-2 * (1 + std::abs(slope))) {
        ++result.skipped;
        continue;
      }
      double error = std::abs(slope - gradient[k]) / (1 + std::abs(gradient[k]));
      ++result.checked;
      if (!(error <= result.worst)) {
        result.worst = std::isnan(error) ? INFINITY : error;
        report.str("");
        report << "input " << i << ", element " << k << ": measured slope " << slope
               << ", gradient " << gradient[k];
      }
    }
  }
  result.report = report.str();
  int64_t all = result.checked + result.skipped;
  if (result.skipped * 10 > all) {
    result.report = std::to_string(result.skipped) + " of " + std::to_string(all) +
                    " elements sit at kinks; choose inputs away from them";
  } else if (all > 0 && largest_slope < 1e-9) {
    result.report = "every slope is about 0: these inputs test nothing";
  } else {
    result.ok = result.worst <= options.tolerance;
  }
  return result;
}

GradCheck gradcheck(const std::function<Tensor(const std::vector<Tensor>&)>& f,
                    const std::vector<Tensor>& inputs, const GradCheckOptions& options) {
  return gradcheck(
      Function([&](const std::vector<Tensor>& x) { return std::vector{f(x)}; }), inputs,
      options);
}

}  // namespace hg
