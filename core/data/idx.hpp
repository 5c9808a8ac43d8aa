// IDX: one tensor in a file, the format of MNIST and Fashion-MNIST.
//
//     2 bytes    zero
//     1 byte     the element type: 08 u8, 09 i8, 0b i16, 0c i32, 0d f32, 0e f64
//     1 byte     the number of axes, D
//     4*D bytes  the sizes
//     the rest   the elements, row-major; all numbers with their highest byte first
//
// 60,000 grey images of 28x28 pixels thus begin 00 00 08 03  00 00 ea 60  00 00 00 1c
// 00 00 00 1c.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tensor/tensor.hpp"

namespace hg::data {

/// The tensor in an IDX file, packed with gzip or not. Throws hg::Error with file, offset,
/// what was expected and what was found; memory is taken only once the sizes are plausible.
Tensor read_idx(const std::string& path);
/// The same for a file in memory; errors call it `name`.
Tensor parse_idx(std::span<const uint8_t> bytes, const std::string& name = "bytes");

/// Writes `t`, packed if the name ends in ".gz". A file that is there already is replaced
/// at once or not at all.
void write_idx(const std::string& path, const Tensor& t);

}  // namespace hg::data
