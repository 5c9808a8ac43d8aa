// Copying between any two tensors: any strides, any two element types, with broadcasting.
#include <cstring>

#include "tensor/convert.hpp"
#include "tensor/strides.hpp"

namespace hg {

namespace {

// Copies n elements; steps count elements.
template <class To, class From>
void copy_row(char* to_bytes, int64_t to_step, const char* from_bytes, int64_t from_step,
              int64_t n) {
  auto* to = reinterpret_cast<To*>(to_bytes);
  auto* from = reinterpret_cast<const From*>(from_bytes);
  if (to_step == 1 && from_step == 1) {
    if constexpr (std::is_same_v<To, From>) {
      std::memcpy(to, from, size_t(n) * sizeof(To));
    } else {
      for (int64_t i = 0; i < n; ++i) to[i] = convert<To>(load(from + i));
    }
  } else if (to_step == 1 && from_step == 0) {
    std::fill(to, to + n, convert<To>(load(from)));
  } else {
    for (int64_t i = 0; i < n; ++i) {
      to[i * to_step] = convert<To>(load(from + i * from_step));
    }
  }
}

using CopyRow = void (*)(char*, int64_t, const char*, int64_t, int64_t);

CopyRow row_copier(DType to, DType from) {
  if (to == from) {  // the bits as they are: only the width matters
    switch (size_of(to)) {
      case 1: return copy_row<uint8_t, uint8_t>;
      case 2: return copy_row<uint16_t, uint16_t>;
      case 4: return copy_row<uint32_t, uint32_t>;
      default: return copy_row<uint64_t, uint64_t>;
    }
  }
  return visit(to, [&]<class To>() -> CopyRow {
    return visit(from, [&]<class From>() -> CopyRow { return copy_row<To, From>; });
  });
}

}  // namespace

void copy_elements(const hg_tensor& dst, const hg_tensor& src) {
  DType to = dtype_of(dst), from = dtype_of(src);
  auto* d = static_cast<char*>(dst.data) + dst.byte_offset;
  auto* s = static_cast<const char*>(src.data) + src.byte_offset;
  if (to == from && same_shape(dst, src) && is_contiguous(dst) && is_contiguous(src)) {
    std::memcpy(d, s, size_t(hg_numel(&dst)) * size_of(to));
    return;
  }
  Shape shape = shape_of(dst);
  Loops<2> loops(shape, {strides_of(dst), broadcast_strides("copy", src, shape)});
  CopyRow copy = row_copier(to, from);
  auto d_bytes = int64_t(size_of(to)), s_bytes = int64_t(size_of(from));

  // The innermost axis is the one along which dst is dense. If src is denser along another
  // one, as in a transposition, rows of dst read src in long jumps and use one element of
  // each cache line fetched. Copying squares of 32 by 32 along the two axes uses them all.
  int last = loops.rank - 1, dense = last;
  for (int axis = last - 1; axis >= 0; --axis) {
    int64_t step = std::abs(loops.step[axis][1]);
    if (step != 0 && step < std::abs(loops.step[dense][1])) dense = axis;
  }
  if (dense == last) {
    loops.for_each_row([&](auto& at, int64_t n) {
      copy(d + at[0] * d_bytes, loops.inner()[0], s + at[1] * s_bytes, loops.inner()[1], n);
    });
    return;
  }
  loops.swap_axes(dense, last - 1);
  int64_t rows = loops.size[last - 1], columns = loops.size[last];
  constexpr int64_t side = 32;
  loops.for_each(last - 1, [&](auto& at) {
    const auto &row = loops.step[last - 1], &column = loops.step[last];
    for (int64_t i0 = 0; i0 < rows; i0 += side) {
      for (int64_t j0 = 0; j0 < columns; j0 += side) {
        int64_t n = std::min(side, columns - j0);
        for (int64_t i = i0; i < std::min(i0 + side, rows); ++i) {
          copy(d + (at[0] + i * row[0] + j0 * column[0]) * d_bytes, column[0],
               s + (at[1] + i * row[1] + j0 * column[1]) * s_bytes, column[1], n);
        }
      }
    }
  });
}

}  // namespace hg
