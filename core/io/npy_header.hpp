// The header of a .npy file, a piece of Python:
//
//     6 bytes   93 "NUMPY"
//     2 bytes   the version, 1.0, 2.0 or 3.0
//     2 bytes   N, the length of the text, little-endian; 4 bytes from version 2 on
//     N bytes   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
//
// It is read by a parser for such dictionaries and nothing else; no Python is run.
#pragma once

#include <optional>
#include <string>

#include "io/source.hpp"
#include "tensor/tensor.hpp"

namespace hg::io {

struct NpyHeader {
  std::string descr;           // "<f4": byte order, kind, bytes of an element
  std::optional<DType> dtype;  // what it is read as; none: handgrad has no such type
  size_t width = 0;            // bytes of an element in the file
  bool is_unsigned = false;    // wider than a byte: converted to dtype
  bool big_endian = false;
  bool fortran_order = false;  // the first axis is the innermost
  Shape shape;
};

/// Reads the header, so that the elements come next. What it declares is what the source
/// holds, to the byte, if the type is one that handgrad has.
NpyHeader read_npy_header(Source& source);

/// The header for a tensor; its length is a multiple of 64.
std::string make_npy_header(DType type, const Shape& shape);

/// bf16 becomes f32, which holds every one of its values: NumPy has no such type. The
/// others stay.
DType npy_type(DType type);

}  // namespace hg::io
