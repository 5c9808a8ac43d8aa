// Settings in a printed model.
#pragma once

#include <string>

#include "tensor/shape.hpp"

namespace hg::nn {

/// A fraction as Python writes it: the fewest digits that give it back, and a point or an
/// exponent in any case: "0.01", "1.0", "1e-05".
std::string python_text(double x);
/// Sizes as Python writes a tuple: "(5, 5)", "(3,)".
std::string python_tuple(const Shape& sizes);

}  // namespace hg::nn
