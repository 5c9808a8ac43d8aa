// The recorded graph as a picture: what was computed from what, with shapes.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg {

namespace nn {
class Module;
}

struct GraphOptions {
  /// Names of leaves: net.named_parameters().
  std::vector<std::pair<std::string, Tensor>> parameters = {};
  bool saved = false;   ///< say what each operation keeps for the backward pass
  size_t limit = 2000;  ///< draw no more operations than these, the last ones
};

/// Boxes and arrows. An arrow leads from what was computed first to what uses it; the
/// boxes stand in forward order, so that none comes before one it needs.
struct Graph {
  struct Box {
    enum class Kind {
      operation,
      leaf,      // requires a gradient and was made by no operation: a parameter
      constant,  // needs no gradient: data
      rest       // stands for the operations beyond the limit
    } kind;
    std::vector<std::string> lines;  // the name, then attributes, shapes and types
  };
  struct Arrow {
    size_t from, to;  // boxes
  };
  std::vector<Box> boxes;
  std::vector<Arrow> arrows;
  size_t operations = 0;  // in the whole graph, drawn or not

  /// The picture; it needs no other program.
  std::string svg() const;
  /// The same for graphviz: dot -Tpdf.
  std::string dot() const;
  /// Writes an .svg, or a .dot with that text; a missing folder is made.
  void save(const std::filesystem::path& path) const;
};

/// The graph that `root`, a loss for example, is the result of. It may have been walked
/// backwards already, but what is kept is gone then.
Graph graph(const Tensor& root, const GraphOptions& options = {});
/// With the names of a module's parameters.
Graph graph(const Tensor& root, const nn::Module& module);

namespace learn {

/// Where the boxes of a graph stand, in pixels.
struct GraphLayout {
  struct Place {
    double x, y, width, height;  // x and y of the centre
  };
  std::vector<Place> boxes;
  /// For each arrow the points it passes, from box to box.
  std::vector<std::vector<std::pair<double, double>>> arrows;
  double width = 0, height = 0;
};
GraphLayout lay_out(const Graph& graph);

}  // namespace learn
}  // namespace hg
