// Unsigned whole numbers of 2, 4 and 8 bytes, which files have and handgrad has not.
#pragma once

#include "tensor/tensor.hpp"

namespace hg::io {

/// The numbers at `data`, `width` bytes each, as `t`'s elements; t is of i32 for width 2,
/// of i64 for 4 and 8. Returns the index of the first that does not fit, or -1.
int64_t from_unsigned(const void* data, size_t width, const Tensor& t);

/// The other way round: t's elements, of any type of whole numbers, in memory order, as
/// unsigned numbers of `width` bytes. Returns the index of the first that does not fit.
int64_t to_unsigned(const Tensor& t, size_t width, void* data);

}  // namespace hg::io
