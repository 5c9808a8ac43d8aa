#include "io/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>
#include <set>

#include "autograd/grad_mode.hpp"
#include "io/atomic_file.hpp"
#include "io/safetensors_header.hpp"
#include "io/unsigned.hpp"
#include "tensor/create.hpp"

namespace hg::io {
namespace {

static_assert(std::endian::native == std::endian::little,
              "elements are copied as they lie in memory; the format wants the lowest byte "
              "first");

using Types = std::map<std::string, std::string>;

std::string in_tensor(const SafetensorsEntry& entry, const std::string& problem) {
  return "tensor '" + entry.name + "': " + problem;
}

Tensors all_of(const std::string& path, Metadata* metadata, bool mapped) {
  SafetensorsFile file(path);
  if (metadata) *metadata = file.metadata();
  Tensors tensors;
  for (const SafetensorsEntry& entry : file.entries()) {
    tensors.emplace(entry.name, mapped ? file.map(entry) : file.read(entry));
  }
  return tensors;
}

}  // namespace

// ---- reading ----------------------------------------------------------------------------

SafetensorsFile::SafetensorsFile(const std::string& path)
    : file_(path, "read_safetensors") {
  SafetensorsHeader header = read_safetensors_header(file_);
  data_ = 8 + header.length;
  entries_ = std::move(header.entries);
  metadata_ = std::move(header.metadata);
}

Tensor SafetensorsFile::read(const SafetensorsEntry& entry) const {
  if (!entry.dtype) {
    file_.fail(in_tensor(entry, "handgrad has no element type " + entry.stored),
               "convert it to F32, or to F16 or BF16, where the file was made");
  }
  const StoredType& type = *find_stored_type(entry.stored);
  const uint64_t at = data_ + entry.begin;
  const size_t bytes = size_t(entry.end - entry.begin);
  Tensor t = empty(entry.shape, *entry.dtype);
  if (!type.is_unsigned) {
    file_.read_at(at, t.data(), bytes);
    check(entry, t);
    return t;
  }
  std::vector<char> raw(bytes);
  file_.read_at(at, raw.data(), bytes);
  const int64_t i = from_unsigned(raw.data(), type.bytes, t);
  if (i >= 0) {
    file_.fail(in_tensor(entry, "element " + std::to_string(i) +
                                    " is above 2^63 - 1, the largest number of i64"));
  }
  return t;
}

Tensor SafetensorsFile::map(const SafetensorsEntry& entry) {
  const uint64_t at = data_ + entry.begin;
  const bool as_it_lies = entry.dtype && !find_stored_type(entry.stored)->is_unsigned &&
                          at % size_of(*entry.dtype) == 0 && entry.begin < entry.end;
  if (!as_it_lies) return read(entry);
  if (!mapping_) mapping_ = file_.map();
  // The tensor's memory holds a share in the mapping, which goes with the last one.
  Tensor t = from_blob(mapping_.get() + at, entry.shape, *entry.dtype, [m = mapping_] {});
  check(entry, t);
  return t;
}

// A bool of C++ is 0 or 1; any other byte in its place would be undefined behaviour.
void SafetensorsFile::check(const SafetensorsEntry& entry, const Tensor& t) const {
  if (t.dtype() != bool_) return;
  auto* bytes = static_cast<const unsigned char*>(t.data());
  for (int64_t i = 0; i < t.numel(); ++i) {
    if (bytes[i] > 1) {
      file_.fail(in_tensor(entry, "byte " + std::to_string(entry.begin + uint64_t(i)) +
                                      " of the data is " + std::to_string(bytes[i]) +
                                      ", expected a bool, 0 or 1"));
    }
  }
}

Tensors read_safetensors(const std::string& path, Metadata* metadata) {
  return all_of(path, metadata, false);
}

Tensors map_safetensors(const std::string& path, Metadata* metadata) {
  return all_of(path, metadata, true);
}

std::vector<SafetensorsEntry> list_safetensors(const std::string& path,
                                               Metadata* metadata) {
  SafetensorsFile file(path);
  if (metadata) *metadata = file.metadata();
  return file.entries();
}

// ---- writing ----------------------------------------------------------------------------

namespace {

// A tensor as it goes into the file.
struct Outgoing {
  std::string name;
  Tensor tensor;  // on the CPU, contiguous
  const StoredType* type;
  std::vector<char> converted;  // its elements, where the type is not the tensor's own

  size_t bytes() const { return size_t(tensor.numel()) * type->bytes; }
  const void* data() const { return type->is_unsigned ? converted.data() : tensor.data(); }
};

class Writer {
 public:
  explicit Writer(const std::string& path) : path_(path) {}

  void add(const std::string& name, const Tensor& t, const Types& types) {
    if (name == "__metadata__") fail("a tensor cannot be called '__metadata__'");
    if (!t.defined()) fail("tensor '" + name + "' is undefined");
    if (!names_.insert(name).second) fail("there are two tensors called '" + name + "'");
    Outgoing out{name, t.to("cpu").contiguous(), &stored_type(t.dtype()), {}};
    auto other = types.find(name);
    if (other != types.end() && other->second != out.type->name) {
      convert(out, other->second);
    }
    list_.push_back(std::move(out));
  }

  void write(const Metadata& metadata) {
    // Larger elements first: so each tensor begins at a multiple of its element's size.
    std::stable_sort(list_.begin(), list_.end(), [](const auto& a, const auto& b) {
      return a.type->bytes > b.type->bytes;
    });
    const std::string header = make_header(metadata);
    unsigned char length[8];
    for (int i = 0; i < 8; ++i) length[i] = (unsigned char)(header.size() >> (8 * i));
    AtomicFile file(path_);
    file.write(length, 8);
    file.write(header.data(), header.size());
    for (const Outgoing& out : list_) file.write(out.data(), out.bytes());
    file.commit();
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw Error("write_safetensors", path_ + ": " + problem);
  }

  void convert(Outgoing& out, const std::string& name) const {
    const StoredType* type = find_stored_type(name);
    const std::string is = "tensor '" + out.name + "' is " + hg::name(out.tensor.dtype());
    if (!type || !type->is_unsigned || !is_integral(out.tensor.dtype())) {
      fail(is + " and cannot be stored as '" + name +
           "'; whole numbers can be, as U16, U32 or U64");
    }
    out.type = type;
    out.converted.resize(out.bytes());
    const int64_t i = to_unsigned(out.tensor, type->bytes, out.converted.data());
    if (i >= 0)
      fail(is + "; its element " + std::to_string(i) + " does not fit in " + name);
  }

  std::string make_header(const Metadata& metadata) const {
    using nlohmann::json;
    std::string text = "{";
    uint64_t at = 0;
    try {
      if (!metadata.empty()) text += "\"__metadata__\":" + json(metadata).dump() + ",";
      for (const Outgoing& out : list_) {
        const Shape shape = out.tensor.shape();
        const json entry = {{"dtype", out.type->name},
                            {"shape", std::vector<int64_t>(shape.begin(), shape.end())},
                            {"data_offsets", {at, at + out.bytes()}}};
        text += json(out.name).dump() + ":" + entry.dump() + ",";
        at += out.bytes();
      }
    } catch (const json::exception&) {
      fail("a name or a text of the metadata is not UTF-8");
    }
    if (text.back() == ',') text.pop_back();
    text += "}";
    text.append((8 - text.size() % 8) % 8, ' ');  // the data begin at a multiple of 8
    return text;
  }

  std::string path_;
  std::vector<Outgoing> list_;
  std::set<std::string> names_;
};

template <class List>
void write_all(const std::string& path, const List& tensors, const Metadata& metadata,
               const Types& types) {
  no_grad guard;
  Writer writer(path);
  for (const auto& [name, tensor] : tensors) writer.add(name, tensor, types);
  writer.write(metadata);
}

}  // namespace

void write_safetensors(const std::string& path, const Tensors& tensors,
                       const Metadata& metadata, const Types& types) {
  write_all(path, tensors, metadata, types);
}

void write_safetensors_list(const std::string& path, const TensorList& tensors,
                            const Metadata& metadata, const Types& types) {
  write_all(path, tensors, metadata, types);
}

}  // namespace hg::io
