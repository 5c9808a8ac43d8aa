// Arithmetic on sizes that views share.
#pragma once

#include <optional>
#include <string>

#include "tensor/shape.hpp"

namespace hg::ops {

/// Replaces a -1 in `size` by what makes as many elements as `from` has. Returns what is
/// wrong if that cannot be; an empty text if all is well.
std::string fill_in_size(Shape& size, const Shape& from);

/// The strides under which a tensor (`size`, `stride`) shows its elements, in the same
/// order, as `wanted`, which has as many; nothing if no strides do and a copy is needed.
std::optional<Shape> view_strides(const Shape& size, const Shape& stride,
                                  const Shape& wanted);

/// Puts an axis of size 1 at place d.
void insert_axis(Shape& size, Shape& stride, int d);

}  // namespace hg::ops
