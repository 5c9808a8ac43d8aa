// The safetensors format: named tensors in one file.
//
//     8 bytes    N, the length of the header, little-endian
//     N bytes    the header, JSON: {"name": {"dtype": "F32", "shape": [2,3],
//                "data_offsets": [begin, end]}, ..., "__metadata__": {"key": "text"}}
//     the rest   the elements, row-major; offsets count from here
//
// Simple, and nothing in it is run: unlike a pickle, a file from a stranger can do no harm
// to a reader that checks it. This one trusts no number in the file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg::io {

using Tensors = std::map<std::string, Tensor>;
using Metadata = std::map<std::string, std::string>;

/// All tensors of the file, copied into memory of ours. Throws hg::Error, with the file,
/// the tensor, what was found and what was expected, if it breaks a rule of the format.
Tensors read_safetensors(const std::string& path, Metadata* metadata = nullptr);

/// Writes the tensors so that the file, if there is one already, is replaced at once or
/// not at all. Views become contiguous.
void write_safetensors(const std::string& path, const Tensors& tensors,
                       const Metadata& metadata = {});

/// What the header says of one tensor.
struct SafetensorsEntry {
  std::string name;
  DType dtype;
  Shape shape;
  uint64_t begin, end;  // bytes, from the end of the header
};

/// The checked header alone, in the order of the data.
std::vector<SafetensorsEntry> list_safetensors(const std::string& path,
                                               Metadata* metadata = nullptr);

}  // namespace hg::io
