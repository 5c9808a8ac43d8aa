// Settings in a printed model.
#pragma once

#include <string>

namespace hg::nn {

/// A fraction as Python writes it: the fewest digits that give it back, and a point or an
/// exponent in any case: "0.01", "1.0", "1e-05".
std::string python_text(double x);

}  // namespace hg::nn
