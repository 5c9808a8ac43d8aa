#include "io/npy.hpp"

#include <algorithm>

#include "autograd/grad_mode.hpp"
#include "io/atomic_file.hpp"
#include "io/unsigned.hpp"
#include "io/zip.hpp"
#include "tensor/create.hpp"

namespace hg::io {
namespace {

// A whole file from front to back.
class FileSource : public Source {
 public:
  explicit FileSource(const std::string& path) : file_(path, "read_npy") {}
  uint64_t size() const override { return file_.size(); }
  void read(void* to, size_t bytes) override {
    file_.read_at(position_, to, bytes);
    position_ += bytes;
  }
  Error error(const std::string& problem, const std::string& hint) const override {
    return file_.error(problem, hint);
  }

 private:
  InputFile file_;
  uint64_t position_ = 0;
};

void swap_bytes(void* data, size_t count, size_t width) {
  auto* element = static_cast<char*>(data);
  for (size_t i = 0; i < count; ++i, element += width) {
    std::reverse(element, element + width);
  }
}

void check_bools(const Source& source, const Tensor& t) {
  const auto* bytes = static_cast<const unsigned char*>(t.data());
  for (int64_t i = 0; i < t.numel(); ++i) {
    if (bytes[i] > 1) {
      source.fail("element " + std::to_string(i) + " is " + std::to_string(bytes[i]) +
                  ", expected a bool, 0 or 1");
    }
  }
}

// The elements in the order of the file, as a tensor of that shape.
Tensor read_elements(Source& source, const NpyHeader& header, const Shape& shape) {
  Tensor t = empty(shape, *header.dtype);
  const size_t count = size_t(t.numel());
  std::vector<char> raw(header.is_unsigned ? count * header.width : 0);
  void* to = header.is_unsigned ? raw.data() : t.data();
  source.read(to, count * header.width);
  if (header.big_endian) swap_bytes(to, count, header.width);
  if (header.is_unsigned) {
    const int64_t i = from_unsigned(raw.data(), header.width, t);
    if (i >= 0) {
      source.fail("element " + std::to_string(i) +
                  " is above 2^63 - 1, the largest number of i64");
    }
  }
  if (*header.dtype == bool_) check_bools(source, t);
  return t;
}

Tensor read_array(Source& source) {
  const NpyHeader header = read_npy_header(source);
  if (!header.dtype) {
    const bool objects = header.descr.find('O') != std::string::npos;
    source.fail(objects ? "its elements are Python objects, which would be code to run"
                        : "handgrad has no element type '" + header.descr + "'",
                "convert it where it was made: a.astype(numpy.float32)");
  }
  if (!header.fortran_order) return read_elements(source, header, header.shape);
  // The first axis is the innermost: the same numbers, with the axes the other way round.
  Shape turned = header.shape, axes = header.shape;
  std::reverse(turned.begin(), turned.end());
  for (int d = 0; d < axes.size(); ++d) axes[d] = axes.size() - 1 - d;
  no_grad guard;
  return read_elements(source, header, turned).permute(axes).contiguous();
}

Tensor as_stored(const char* operation, const std::string& path, const Tensor& t) {
  if (!t.defined()) throw Error(operation, path + ": the tensor is undefined");
  no_grad guard;
  return t.detach().to("cpu").to(npy_type(t.dtype())).contiguous();
}

std::string_view bytes_of(const Tensor& t) {
  return {static_cast<const char*>(t.data()), size_t(t.numel()) * size_of(t.dtype())};
}

// "w.npy" -> "w".
std::string array_name(const ZipFile& zip, const ZipEntry& entry) {
  if (!entry.name.ends_with(".npy")) {
    zip.fail("its member '" + entry.name + "' is no .npy file",
             "if torch.save wrote it: write it anew with safetensors.torch.save_file");
  }
  return entry.name.substr(0, entry.name.size() - 4);
}

}  // namespace

Tensor read_npy(const std::string& path) {
  FileSource source(path);
  return read_array(source);
}

NpyHeader list_npy(const std::string& path) {
  FileSource source(path);
  return read_npy_header(source);
}

void write_npy(const std::string& path, const Tensor& tensor) {
  const Tensor t = as_stored("write_npy", path, tensor);
  const std::string header = make_npy_header(t.dtype(), t.shape());
  AtomicFile file(path);
  file.write(header.data(), header.size());
  file.write(t.data(), bytes_of(t).size());
  file.commit();
}

Tensors read_npz(const std::string& path) {
  const ZipFile zip(path, "read_npz");
  Tensors tensors;
  for (const ZipEntry& entry : zip.entries()) {
    const std::string name = array_name(zip, entry);
    const std::unique_ptr<ZipMember> member = zip.open(entry);
    tensors.emplace(name, read_array(*member));
    member->finish();
  }
  return tensors;
}

std::vector<std::pair<std::string, NpyHeader>> list_npz(const std::string& path) {
  const ZipFile zip(path, "read_npz");
  std::vector<std::pair<std::string, NpyHeader>> list;
  for (const ZipEntry& entry : zip.entries()) {
    const std::string name = array_name(zip, entry);
    list.emplace_back(name, read_npy_header(*zip.open(entry)));
  }
  return list;
}

void write_npz(const std::string& path, const Tensors& tensors, bool packed) {
  ZipWriter zip(path, "write_npz");
  for (const auto& [name, tensor] : tensors) {
    const Tensor t = as_stored("write_npz", path + ", '" + name + "'", tensor);
    const std::string header = make_npy_header(t.dtype(), t.shape());
    zip.add(name + ".npy", {header, bytes_of(t)}, packed);
  }
  zip.commit();
}

}  // namespace hg::io
