// A table of a model's layers: what comes out of each, what it learns, what it costs.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "nn/module.hpp"

namespace hg::nn {

/// One module; rows are in the order of the tree, parents first. Parameters and MACs are the
/// module's own, without those of its children, so that a column adds up to its total.
struct SummaryRow {
  std::string name, type;      // "0", "Linear"; the model itself has no name
  int depth;                   // how many modules it lies in
  std::vector<Shape> outputs;  // one for each time it ran
  int64_t parameters;          // tied ones count where they come first
  int64_t macs;                // multiplications with their additions, of all its runs
};

struct Summary {
  std::vector<SummaryRow> rows;
  int64_t parameters = 0, trainable = 0, macs = 0;
  int64_t bytes = 0;  // of all parameters
  std::string to_string() const;
};
std::ostream& operator<<(std::ostream& out, const Summary& s);

/// Runs the model once, in evaluation mode and without recording, and watches:
///     std::cout << nn::summary(net, {1, 784});
/// The input is zeros. A module that is not called by its operator() shows no shape. Lazy
/// layers take their shapes from this input.
Summary summary(Module& net, const Shape& input_shape, DType type = f32);
Summary summary(Module& net, const Tensor& input);
/// For a model with several inputs: `run` calls it, net.forward(a, b).
Summary summary(Module& net, const std::function<void()>& run);

}  // namespace hg::nn
