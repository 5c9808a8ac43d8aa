#include "io/safetensors.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "autograd/grad_mode.hpp"
#include "io/atomic_file.hpp"

namespace hg::io {
namespace {

using nlohmann::json;

constexpr struct {
  const char* name;
  DType type;
} types[] = {{"F32", f32}, {"F64", f64}, {"I64", i64},    {"I32", i32}, {"I16", i16},
             {"I8", i8},   {"U8", u8},   {"BOOL", bool_}, {"F16", f16}, {"BF16", bf16}};

const char* name_of(DType type) {
  for (auto& t : types) {
    if (t.type == type) return t.name;
  }
  return "";
}

constexpr uint64_t longest_header = 100'000'000;  // the format's own limit

std::string text(uint64_t n) { return std::to_string(n); }

// ---- reading ----------------------------------------------------------------------------

struct OpenFile {
  int fd;
  ~OpenFile() {
    if (fd >= 0) close(fd);
  }
};

class Reader {
 public:
  explicit Reader(const std::string& path)
      : path_(path), file_{open(path.c_str(), O_RDONLY | O_CLOEXEC)} {
    if (file_.fd < 0) fail(std::string("cannot be opened: ") + std::strerror(errno));
    struct stat status {};
    if (fstat(file_.fd, &status) != 0 || !S_ISREG(status.st_mode))
      fail("it is not a regular file");
    size_ = uint64_t(status.st_size);
    read_header();
  }
  Reader(const Reader&) = delete;

  std::vector<SafetensorsEntry> entries;
  Metadata metadata;

  Tensor read(const SafetensorsEntry& entry) const {
    Tensor t = empty(entry.shape, entry.dtype);
    read_at(8 + header_ + entry.begin, t.data(), entry.end - entry.begin);
    if (entry.dtype == bool_) check_bools(entry, t);
    return t;
  }

 private:
  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {}) const {
    throw Error("read_safetensors", path_ + ": " + problem, hint);
  }
  [[noreturn]] void fail_tensor(const std::string& name, const std::string& problem) const {
    fail("tensor '" + name + "': " + problem);
  }

  void read_at(uint64_t offset, void* to, uint64_t bytes) const {
    auto* next = static_cast<char*>(to);
    while (bytes > 0) {
      ssize_t n = pread(file_.fd, next, bytes, off_t(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        fail("byte " + text(offset) + " cannot be read: " +
             (n < 0 ? std::strerror(errno) : "the file became shorter"));
      }
      next += n;
      offset += uint64_t(n);
      bytes -= uint64_t(n);
    }
  }

  void read_header() {
    if (size_ < 8) {
      fail("it has " + text(size_) + " bytes; the length of the header alone takes 8",
           "is it a safetensors file?");
    }
    unsigned char length[8];
    read_at(0, length, 8);
    for (int i = 7; i >= 0; --i) header_ = header_ << 8 | length[i];
    if (header_ > size_ - 8 || header_ > longest_header) {
      fail("byte 0: the header's length is " + text(header_) + "; " +
               (header_ > size_ - 8 ? "the file has " + text(size_ - 8) + " bytes after it"
                                    : "the format allows " + text(longest_header)),
           "is it a safetensors file, and was all of it copied?");
    }
    std::string header(size_t(header_), ' ');
    read_at(8, header.data(), header_);
    if (header.empty() || header[0] != '{')
      fail("byte 8: the header does not begin with '{'");
    const json all = parse(header);
    for (auto& [name, value] : all.items()) {
      if (name == "__metadata__") {
        read_metadata(value);
      } else {
        read_entry(name, value);
      }
    }
    check_layout();
  }

  // JSON does not say what a repeated key means; here it is an error. Deep nesting, of which
  // the format has no use, is refused before it eats the memory.
  json parse(const std::string& header) const {
    std::vector<std::set<std::string>> seen;
    std::string repeated;
    auto watch = [&](int depth, json::parse_event_t event, json& value) {
      if (depth > 4) fail("the header is nested more deeply than the format allows");
      if (event == json::parse_event_t::object_start) seen.emplace_back();
      if (event == json::parse_event_t::object_end) seen.pop_back();
      if (event == json::parse_event_t::key) {
        auto key = value.get<std::string>();
        if (!seen.back().insert(key).second) repeated = key;
      }
      return true;
    };
    json result;
    try {
      result = json::parse(header, watch);
    } catch (const json::parse_error& e) {
      fail("byte " + text(8 + (e.byte > 0 ? e.byte - 1 : 0)) + ": the header is not JSON");
    } catch (const json::exception& e) {
      fail(std::string("the header is not JSON: ") + e.what());
    }
    if (!repeated.empty()) fail("the key '" + repeated + "' appears twice in the header");
    return result;
  }

  void read_metadata(const json& value) {
    if (!value.is_object()) fail("__metadata__ is no object of texts");
    for (auto& [key, content] : value.items()) {
      if (!content.is_string()) fail("__metadata__: the value of '" + key + "' is no text");
      metadata[key] = content.get<std::string>();
    }
  }

  void read_entry(const std::string& name, const json& value) {
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
      if (!value.is_object() || !value.contains(field)) {
        fail_tensor(name, std::string("'") + field + "' is missing");
      }
    }
    if (!value["dtype"].is_string()) fail_tensor(name, "'dtype' is no text");
    SafetensorsEntry entry{
        name, type_of(name, value["dtype"].get<std::string>()), {}, 0, 0};

    std::vector<uint64_t> sizes = numbers(name, "shape", value["shape"]);
    if (sizes.size() > size_t(max_rank)) {
      fail_tensor(name,
                  text(sizes.size()) + " axes; handgrad has at most " + text(max_rank));
    }
    uint64_t bytes = size_of(entry.dtype);
    bool empty = std::find(sizes.begin(), sizes.end(), uint64_t(0)) != sizes.end();
    for (uint64_t n : sizes) {
      entry.shape.push_back(int64_t(n));
      if (!empty && __builtin_mul_overflow(bytes, n, &bytes)) {
        fail_tensor(name, "its size overflows 64 bits");
      }
    }
    if (empty) bytes = 0;

    std::vector<uint64_t> offsets = numbers(name, "data_offsets", value["data_offsets"]);
    if (offsets.size() != 2 || offsets[0] > offsets[1]) {
      fail_tensor(name, "'data_offsets' must be [begin, end] with begin <= end");
    }
    entry.begin = offsets[0];
    entry.end = offsets[1];
    uint64_t data = size_ - 8 - header_;
    if (entry.end > data) {
      fail_tensor(name, "its data end at byte " + text(entry.end) +
                            " of the data, of which " + text(data) + " are there");
    }
    if (entry.end - entry.begin != bytes) {
      fail_tensor(name, entry.shape.to_string() + " of " +
                            value["dtype"].get<std::string>() + " takes " + text(bytes) +
                            " bytes; its data_offsets span " +
                            text(entry.end - entry.begin));
    }
    entries.push_back(std::move(entry));
  }

  DType type_of(const std::string& name, const std::string& dtype) const {
    for (auto& t : types) {
      if (dtype == t.name) return t.type;
    }
    std::string known;
    for (auto& t : types) known += std::string(known.empty() ? "" : ", ") + t.name;
    fail_tensor(name, "element type '" + dtype + "'; handgrad has " + known);
  }

  std::vector<uint64_t> numbers(const std::string& name, const char* field,
                                const json& value) const {
    std::vector<uint64_t> list;
    if (!value.is_array()) fail_tensor(name, std::string("'") + field + "' is no list");
    for (const json& n : value) {
      if (!n.is_number_unsigned() || n.get<uint64_t>() > uint64_t(INT64_MAX)) {
        fail_tensor(name, std::string("'") + field + "' holds " +
                              (n.is_number() ? n.dump() : n.type_name()) +
                              ", expected whole numbers from 0 to 2^63 - 1");
      }
      list.push_back(n.get<uint64_t>());
    }
    return list;
  }

  // Every byte of the data belongs to exactly one tensor.
  void check_layout() {
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
      return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
    });
    uint64_t at = 0;
    for (const SafetensorsEntry& e : entries) {
      if (e.begin < at) {
        fail_tensor(e.name, "its data begin at byte " + text(e.begin) +
                                " of the data and overlap another tensor's, which end at " +
                                text(at));
      }
      if (e.begin > at) {
        fail("bytes " + text(at) + " to " + text(e.begin) +
             " of the data belong to no tensor");
      }
      at = e.end;
    }
    if (at != size_ - 8 - header_) {
      fail("bytes " + text(at) + " to " + text(size_ - 8 - header_) +
           " of the data belong to no tensor");
    }
  }

  void check_bools(const SafetensorsEntry& entry, const Tensor& t) const {
    auto* bytes = static_cast<const unsigned char*>(t.data());
    for (int64_t i = 0; i < t.numel(); ++i) {
      if (bytes[i] > 1) {
        fail_tensor(entry.name, "byte " + text(entry.begin + uint64_t(i)) +
                                    " of the data is " + text(bytes[i]) +
                                    ", expected a bool, 0 or 1");
      }
    }
  }

  std::string path_;
  OpenFile file_;
  uint64_t size_ = 0, header_ = 0;
};

}  // namespace

std::vector<SafetensorsEntry> list_safetensors(const std::string& path,
                                               Metadata* metadata) {
  Reader reader(path);
  if (metadata) *metadata = reader.metadata;
  return reader.entries;
}

Tensors read_safetensors(const std::string& path, Metadata* metadata) {
  Reader reader(path);
  if (metadata) *metadata = reader.metadata;
  Tensors tensors;
  for (const SafetensorsEntry& entry : reader.entries) {
    tensors.emplace(entry.name, reader.read(entry));
  }
  return tensors;
}

// ---- writing ----------------------------------------------------------------------------

void write_safetensors(const std::string& path, const Tensors& tensors,
                       const Metadata& metadata) {
  no_grad guard;
  auto fail = [&](const std::string& problem) {
    throw Error("write_safetensors", path + ": " + problem);
  };

  // Larger elements first, so that each tensor begins at a multiple of its element's size.
  std::vector<std::pair<std::string, Tensor>> list;
  for (auto& [name, tensor] : tensors) {
    if (name == "__metadata__") fail("a tensor cannot be called '__metadata__'");
    if (!tensor.defined()) fail("tensor '" + name + "' is undefined");
    list.emplace_back(name, tensor.to("cpu").contiguous());
  }
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return size_of(a.second.dtype()) > size_of(b.second.dtype());
  });

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t at = 0;
  for (auto& [name, t] : list) {
    uint64_t end = at + uint64_t(t.numel()) * size_of(t.dtype());
    Shape shape = t.shape();
    header[name] = {{"dtype", name_of(t.dtype())},
                    {"shape", std::vector<int64_t>(shape.begin(), shape.end())},
                    {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::exception&) {
    fail("a name or a text of the metadata is not UTF-8");
  }
  text.append((8 - text.size() % 8) % 8, ' ');  // so that the data begin at a multiple of 8

  unsigned char length[8];
  for (int i = 0; i < 8; ++i) length[i] = (unsigned char)(text.size() >> (8 * i));
  AtomicFile file(path);
  file.write(length, 8);
  file.write(text.data(), text.size());
  for (auto& [name, t] : list) file.write(t.data(), size_t(t.numel()) * size_of(t.dtype()));
  file.commit();
}

}  // namespace hg::io
