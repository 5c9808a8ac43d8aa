// Gradients that are too large.
//
// One bad batch, or a recurrent network unrolled over many steps, can make a gradient a
// thousand times as long as usual, and one step along it undoes an hour. Between backward()
// and step() it can be shortened.
#pragma once

#include <vector>

#include "tensor/tensor.hpp"

namespace hg::optim {

/// Takes all gradients as one vector g and shortens it to max_norm, if it is longer:
///
///     g <- g * min(1, max_norm / (|g| + 1e-6))
///
/// All shrink by the same factor, so the direction stays. Returns |g| as it was: the norm
/// of order `norm_type` (infinity: the largest element). Parameters without a gradient are
/// passed over. A norm that is infinite or no number spoils all gradients; with
/// error_if_nonfinite it throws instead, and nothing is changed.
double clip_grad_norm(const std::vector<Tensor>& params, double max_norm,
                      double norm_type = 2, bool error_if_nonfinite = false);

/// Cuts every element of every gradient to [-limit, limit]. The direction may change.
void clip_grad_value(const std::vector<Tensor>& params, double limit);

}  // namespace hg::optim
