#include "ops/view_strides.hpp"

namespace hg::ops {

std::string fill_in_size(Shape& size, const Shape& from) {
  int64_t have = from.numel(), known = 1;
  int unknown = -1;
  for (int d = 0; d < size.size(); ++d) {
    if (size[d] == -1 && unknown >= 0) {
      return size.to_string() + " has -1 twice; only one size can be left open";
    }
    if (size[d] < -1) return "size " + std::to_string(size[d]) + " in " + size.to_string();
    if (size[d] == -1)
      unknown = d;
    else if (__builtin_mul_overflow(known, size[d], &known))
      known = -1;
  }
  if (unknown >= 0 && known == 0 && have == 0) {
    return "-1 in " + size.to_string() + " could be any size, for there are no elements";
  }
  if (unknown >= 0 && known > 0 && have % known == 0) {
    size[unknown] = have / known;
  } else if (unknown >= 0 || known != have) {
    return from.to_string() + " has " + std::to_string(have) +
           " elements, which do not fill " + size.to_string();
  }
  return {};
}

// Old axes that continue each other in memory (a step of the outer is a whole run of the
// inner) form one run of equally spaced elements. New axes may be cut out of a run, but
// none may reach across two. With strides (15,3,1), sizes (4,5,3) are one run of 60; with
// strides (30,6,1) they are a run of 20, six apart, and a run of 3. The views (20,3) and
// (2,10,3) are possible in both cases, (60) only in the first. The walk starts at the end.
std::optional<Shape> view_strides(const Shape& size, const Shape& stride,
                                  const Shape& wanted) {
  if (size == wanted) return stride;
  Shape result = contiguous_strides(wanted);
  if (size.numel() == 0) return result;
  int d = wanted.size() - 1;
  for (int a = size.size() - 1; a >= 0; --a) {
    int64_t count = size[a], step = stride[a];
    while (a > 0 && (size[a - 1] == 1 || stride[a - 1] == count * step)) count *= size[--a];
    int64_t done = 1;
    while (d >= 0 && (done < count || wanted[d] == 1)) {
      result[d] = done * step;
      done *= wanted[d--];
    }
    if (done != count) return std::nullopt;
  }
  return result;
}

// The stride of an axis of size 1 is never used; this one keeps a row-major tensor regular.
void insert_axis(Shape& size, Shape& stride, int d) {
  int64_t step = d < size.size() ? size[d] * stride[d] : 1;
  size.insert(d, 1);
  stride.insert(d, step);
}

}  // namespace hg::ops
