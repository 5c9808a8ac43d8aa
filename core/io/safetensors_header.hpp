// The header of a safetensors file: what it may say, and whether it can be true.
#pragma once

#include "io/safetensors.hpp"

namespace hg::io {

/// A type of the format.
struct StoredType {
  const char* name;
  size_t bytes;
  std::optional<DType> read_as;
  bool is_unsigned;  // wider than a byte: converted to read_as
};
/// Null if the format, as far as handgrad knows it, has no such type.
const StoredType* find_stored_type(const std::string& name);
const StoredType& stored_type(DType type);

struct SafetensorsHeader {
  uint64_t length = 0;  // of the JSON, without the 8 bytes before it
  std::vector<SafetensorsEntry> entries;
  Metadata metadata;
};

/// Reads and checks it: whatever the entries say, their data lie in the file, each byte of
/// the data belongs to exactly one tensor, and shape, type and size agree.
SafetensorsHeader read_safetensors_header(const InputFile& file);

}  // namespace hg::io
