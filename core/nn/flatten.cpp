#include "nn/flatten.hpp"

namespace hg::nn {

Tensor Unflatten::forward(const Tensor& x) {
  Shape shape;
  const int64_t rank = x.dim(), dim = options_.dim < 0 ? options_.dim + rank : options_.dim;
  if (dim < 0 || dim >= rank) {
    throw Error("Unflatten", "the input " + x.shape().to_string() + " has no axis " +
                                 std::to_string(options_.dim));
  }
  int64_t product = 1, unknown = 0;
  for (int64_t n : options_.sizes) n == -1 ? ++unknown : product *= n;
  const int64_t size = x.size(dim);
  if (unknown > 1 || (unknown ? product == 0 || size % product != 0 : product != size)) {
    throw Error("Unflatten", "axis " + std::to_string(options_.dim) + " of the input " +
                                 x.shape().to_string() + " cannot be split into " +
                                 options_.sizes.to_string());
  }
  for (int64_t d = 0; d < rank; ++d) {
    if (d != dim) {
      shape.push_back(x.size(d));
      continue;
    }
    for (int64_t n : options_.sizes) shape.push_back(n == -1 ? size / product : n);
  }
  return x.reshape(shape);
}

std::string Unflatten::details() const {
  std::string sizes;
  for (int64_t n : options_.sizes) sizes += (sizes.empty() ? "" : ", ") + std::to_string(n);
  if (options_.sizes.size() == 1) sizes += ",";
  return "dim=" + std::to_string(options_.dim) + ", unflattened_size=(" + sizes + ")";
}

}  // namespace hg::nn
