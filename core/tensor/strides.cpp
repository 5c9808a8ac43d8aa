#include "tensor/strides.hpp"

namespace hg {

Shape broadcast_shapes(const char* operation, const Shape& a, const Shape& b) {
  Shape result = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  for (int i = 1; i <= shorter.size(); ++i) {
    int64_t& n = result[result.size() - i];
    int64_t m = shorter[shorter.size() - i];
    if (n != m && n != 1 && m != 1) {
      int64_t of_a = a[a.size() - i], of_b = b[b.size() - i];
      throw Error(operation, "shapes " + a.to_string() + " and " + b.to_string() +
                                 " do not broadcast: sizes " + std::to_string(of_a) +
                                 " and " + std::to_string(of_b) + " of axis -" +
                                 std::to_string(i) + " differ, and neither is 1");
    }
    if (n == 1) n = m;
  }
  return result;
}

Shape broadcast_strides(const char* operation, const hg_tensor& t, const Shape& shape) {
  int missing = shape.size() - t.ndim;
  bool fits = missing >= 0;
  Shape strides = shape;
  std::fill(strides.begin(), strides.end(), 0);
  for (int d = 0; fits && d < t.ndim; ++d) {
    fits = t.shape[d] == shape[missing + d] || t.shape[d] == 1;
    if (t.shape[d] != 1) strides[missing + d] = t.strides[d];
  }
  if (!fits) {
    throw Error(
        operation,
        "shape " + shape_of(t).to_string() + " does not broadcast to " + shape.to_string(),
        "sizes must be equal or 1, counted from the last axis");
  }
  return strides;
}

}  // namespace hg
