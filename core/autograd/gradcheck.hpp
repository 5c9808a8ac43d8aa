// Is my gradient right?
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg {

struct GradCheckOptions {
  double step = 1e-6;       // h of the difference quotient
  double tolerance = 1e-5;  // |slope - gradient| <= tolerance * (1 + |gradient|)
  uint64_t seed = 0;        // of the random weights
};

/// What came out. `report` names the input, the element and both numbers of the worst
/// disagreement.
struct GradCheck {
  bool ok = false;
  double worst = 0;     // the largest |slope - gradient| / (1 + |gradient|)
  int64_t checked = 0;  // elements compared
  int64_t skipped = 0;  // elements at a kink, where the slopes to both sides differ
  std::string report;
  explicit operator bool() const { return ok; }
};

/// Compares the gradients that backward() computes with slopes measured by moving each
/// element of each input that requires a gradient, one at a time, a little up and down:
///
///     slope = (L(x + h e_i) - L(x - h e_i)) / (2 h),      error of order h^2
///
/// L is not the plain sum of the outputs but a weighted one with random weights. A plain
/// sum is blind: that of a softmax is always 1, so a softmax without any backward would
/// pass. Inputs must be f64 (in f32 the difference of two nearly equal numbers has no
/// digits left). Fails as well if every slope is about 0 (nothing was tested), if the
/// gradients are missing, or if more than a tenth of the elements sit at kinks.
GradCheck gradcheck(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& f,
                    const std::vector<Tensor>& inputs,
                    const GradCheckOptions& options = {});

/// The same for a function with one output.
GradCheck gradcheck(const std::function<Tensor(const std::vector<Tensor>&)>& f,
                    const std::vector<Tensor>& inputs,
                    const GradCheckOptions& options = {});

}  // namespace hg
