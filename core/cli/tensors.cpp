// handgrad tensors: what is in a file.
#include <fmt/format.h>

#include <iostream>

#include "cli/commands.hpp"
#include "cli/text.hpp"
#include "io/npy.hpp"
#include "io/safetensors.hpp"

namespace hg::cli {
namespace {

// A line: name, type, shape. "i32 (U16)" is a type that is converted when it is read.
struct Listing {
  std::vector<std::vector<std::string>> rows;
  int64_t elements = 0;
  uint64_t bytes = 0;
  io::Metadata metadata;

  void add(const std::string& name, const std::optional<DType>& type, bool converted,
           const std::string& stored, const Shape& shape) {
    std::string is = type ? hg::name(*type) : printable(stored) + ", which cannot be read";
    if (converted) is += " (" + printable(stored) + ")";
    rows.push_back({printable(name), is, shape.to_string()});
    if (type) elements += shape.numel();  // else nobody has checked the shape
  }
  void add(const std::string& name, const io::NpyHeader& h) {
    const bool native = h.dtype && !h.is_unsigned && !h.big_endian;
    add(name, h.dtype, h.dtype && !native, h.descr, h.shape);
    if (h.dtype) bytes += uint64_t(h.shape.numel()) * h.width;
  }
};

Listing list_safetensors(const std::string& path) {
  Listing list;
  for (const auto& e : io::list_safetensors(path, &list.metadata)) {
    const bool converted = e.stored.size() > 2 && e.stored[0] == 'U';  // not U8
    list.add(e.name, e.dtype, converted, e.stored, e.shape);
    list.bytes += e.end - e.begin;
  }
  return list;
}

Listing list_file(const std::string& path) {
  Listing list;
  if (path.ends_with(".npy")) {
    list.add("0", io::list_npy(path));
  } else if (path.ends_with(".npz")) {
    for (auto& [name, header] : io::list_npz(path)) list.add(name, header);
  } else {
    list = list_safetensors(path);
  }
  return list;
}

std::string count(int64_t n, const char* what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

}  // namespace

void list_tensors(const std::string& path) {
  const Listing list = list_file(path);
  print_table(list.rows);
  std::cout << count(int64_t(list.rows.size()), "tensor") << ", "
            << count(list.elements, "element") << ", " << list.bytes << " bytes\n";
  for (auto& [key, text] : list.metadata) {
    std::cout << printable(key) << ": " << printable(text) << "\n";
  }
}

}  // namespace hg::cli
