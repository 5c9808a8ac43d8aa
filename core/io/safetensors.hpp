// The safetensors format: named tensors in one file.
//
//     8 bytes    N, the length of the header, little-endian
//     N bytes    the header, JSON: {"name": {"dtype": "F32", "shape": [2,3],
//                "data_offsets": [begin, end]}, ..., "__metadata__": {"key": "text"}}
//     the rest   the elements, row-major; offsets count from here
//
// Simple, and nothing in it is run: unlike a pickle, a file from a stranger can do no harm
// to a reader that checks it. This one trusts no number in the file.
//
// The format has types that handgrad has not. U16 is read as i32, U32 and U64 as i64, with
// every value kept. The 8-bit floating-point ones and complex numbers are refused.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/input_file.hpp"
#include "tensor/tensor.hpp"

namespace hg::io {

using Tensors = std::map<std::string, Tensor>;
/// The same in an order of its own; a module's state_dict() is one.
using TensorList = std::vector<std::pair<std::string, Tensor>>;
using Metadata = std::map<std::string, std::string>;

/// All tensors of the file, copied into memory of ours. Throws hg::Error, with the file,
/// the tensor, what was found and what was expected, if it breaks a rule of the format.
Tensors read_safetensors(const std::string& path, Metadata* metadata = nullptr);

/// The same without copying: the tensors lie in the file itself, mapped into memory, and
/// what is never touched is never read. Changing a tensor changes a private copy of the
/// page; the file stays as it is. A tensor that does not begin at a multiple of its
/// element's size, or whose type must be converted, is copied after all.
///
/// Replacing the file (as write_safetensors does) is safe: the tensors keep the old
/// contents. Cutting it short while they live is not: touching what is gone ends the
/// program with SIGBUS.
Tensors map_safetensors(const std::string& path, Metadata* metadata = nullptr);

/// Writes the tensors so that the file, if there is one already, is replaced at once or
/// not at all. Views become contiguous. `types` may name another type of the format for
/// tensors of whole numbers, {{"ids", "U16"}}; a value that does not fit is an error.
void write_safetensors(const std::string& path, const Tensors& tensors,
                       const Metadata& metadata = {},
                       const std::map<std::string, std::string>& types = {});

/// write_safetensors for a list: tensors of equal element size keep their order.
void write_safetensors_list(const std::string& path, const TensorList& tensors,
                            const Metadata& metadata = {},
                            const std::map<std::string, std::string>& types = {});

/// What the header says of one tensor.
struct SafetensorsEntry {
  std::string name;
  std::string stored;          // the format's name of the type, "U16"
  std::optional<DType> dtype;  // what it is read as; none: handgrad has no such type
  Shape shape;
  uint64_t begin, end;  // bytes, from the end of the header
};

/// The checked header alone, in the order of the data.
std::vector<SafetensorsEntry> list_safetensors(const std::string& path,
                                               Metadata* metadata = nullptr);

/// An open file, to read a few of its tensors.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::string& path);

  const std::vector<SafetensorsEntry>& entries() const { return entries_; }
  const Metadata& metadata() const { return metadata_; }
  Tensor read(const SafetensorsEntry& entry) const;
  Tensor map(const SafetensorsEntry& entry);

 private:
  void check(const SafetensorsEntry& entry, const Tensor& t) const;

  InputFile file_;
  uint64_t data_ = 0;  // where the elements begin
  std::vector<SafetensorsEntry> entries_;
  Metadata metadata_;
  std::shared_ptr<char> mapping_;
};

}  // namespace hg::io
