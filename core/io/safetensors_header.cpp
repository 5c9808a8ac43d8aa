#include "io/safetensors_header.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

namespace hg::io {
namespace {

using nlohmann::json;

constexpr StoredType types[] = {
    {"F32", 4, f32, false},    {"F64", 8, f64, false},    {"I64", 8, i64, false},
    {"I32", 4, i32, false},    {"I16", 2, i16, false},    {"I8", 1, i8, false},
    {"U8", 1, u8, false},      {"BOOL", 1, bool_, false}, {"F16", 2, f16, false},
    {"BF16", 2, bf16, false},  {"U16", 2, i32, true},     {"U32", 4, i64, true},
    {"U64", 8, i64, true},     {"F8_E5M2", 1, {}, false}, {"F8_E4M3", 1, {}, false},
    {"F8_E8M0", 1, {}, false}, {"C64", 8, {}, false}};

constexpr uint64_t longest_header = 100'000'000;  // the format's own limit

std::string text(uint64_t n) { return std::to_string(n); }

class HeaderReader {
 public:
  explicit HeaderReader(const InputFile& file) : file_(file) {}

  SafetensorsHeader read() {
    const json all = parse(read_text());
    for (auto& [name, value] : all.items()) {
      if (name == "__metadata__") {
        read_metadata(value);
      } else {
        read_entry(name, value);
      }
    }
    check_layout();
    return std::move(header_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {}) const {
    file_.fail(problem, hint);
  }
  [[noreturn]] void fail_tensor(const std::string& name, const std::string& problem) const {
    fail("tensor '" + name + "': " + problem);
  }

  // How long the data are.
  uint64_t data() const { return file_.size() - 8 - header_.length; }

  std::string read_text() {
    if (file_.size() < 8) {
      fail(
          "it has " + text(file_.size()) + " bytes; the length of the header alone takes 8",
          "is it a safetensors file?");
    }
    unsigned char length[8];
    file_.read_at(0, length, 8);
    uint64_t n = 0;
    for (int i = 7; i >= 0; --i) n = n << 8 | length[i];
    if (n > file_.size() - 8 || n > longest_header) {
      fail("byte 0: the header's length is " + text(n) + "; " +
               (n > file_.size() - 8
                    ? "the file has " + text(file_.size() - 8) + " bytes after it"
                    : "the format allows " + text(longest_header)),
           guess());
    }
    header_.length = n;
    std::string header(size_t(n), ' ');
    file_.read_at(8, header.data(), header.size());
    if (header.empty() || header[0] != '{')
      fail("byte 8: the header does not begin with '{'");
    return header;
  }

  // What else the file may be.
  std::string guess() const {
    const std::string start = file_.beginning(6);
    if (start.starts_with("PK")) {
      return "it is a zip archive: of NumPy, if its name ends in .npz; if torch.save wrote "
             "it, write it anew with safetensors.torch.save_file";
    }
    if (start == "\x93NUMPY") return "it is a NumPy array: its name should end in .npy";
    return "is it a safetensors file, and was all of it copied?";
  }

  // JSON does not say what a repeated key means; here it is an error. Deep nesting, for
  // which the format has no use, is refused before it eats the memory.
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
      header_.metadata[key] = content.get<std::string>();
    }
  }

  void read_entry(const std::string& name, const json& value) {
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
      if (!value.is_object() || !value.contains(field)) {
        fail_tensor(name, std::string("'") + field + "' is missing");
      }
    }
    if (!value["dtype"].is_string()) fail_tensor(name, "'dtype' is no text");
    const StoredType& type = type_of(name, value["dtype"].get<std::string>());
    SafetensorsEntry entry{name, type.name, type.read_as, {}, 0, 0};

    std::vector<uint64_t> sizes = numbers(name, "shape", value["shape"]);
    if (sizes.size() > size_t(max_rank)) {
      fail_tensor(name,
                  text(sizes.size()) + " axes; handgrad has at most " + text(max_rank));
    }
    uint64_t bytes = type.bytes;
    bool empty = false;
    for (uint64_t n : sizes) {
      entry.shape.push_back(int64_t(n));
      empty |= n == 0;
      if (__builtin_mul_overflow(bytes, n == 0 ? 1 : n, &bytes)) {
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
    if (entry.end > data()) {
      fail_tensor(name, "its data end at byte " + text(entry.end) +
                            " of the data, of which " + text(data()) + " are there");
    }
    if (entry.end - entry.begin != bytes) {
      fail_tensor(name, entry.shape.to_string() + " of " + type.name + " takes " +
                            text(bytes) + " bytes; its data_offsets span " +
                            text(entry.end - entry.begin));
    }
    header_.entries.push_back(std::move(entry));
  }

  const StoredType& type_of(const std::string& name, const std::string& dtype) const {
    if (const StoredType* type = find_stored_type(dtype)) return *type;
    std::string known;
    for (auto& t : types) {
      if (t.read_as) known += std::string(known.empty() ? "" : ", ") + t.name;
    }
    fail_tensor(name, "element type '" + dtype + "'; handgrad reads " + known);
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
    auto& entries = header_.entries;
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
    if (at != data()) {
      fail("bytes " + text(at) + " to " + text(data()) +
           " of the data belong to no tensor");
    }
  }

  const InputFile& file_;
  SafetensorsHeader header_;
};

}  // namespace

const StoredType* find_stored_type(const std::string& name) {
  for (auto& t : types) {
    if (name == t.name) return &t;
  }
  return nullptr;
}

const StoredType& stored_type(DType type) {
  return *std::find_if(std::begin(types), std::end(types),
                       [&](auto& t) { return t.read_as == type; });
}

SafetensorsHeader read_safetensors_header(const InputFile& file) {
  return HeaderReader(file).read();
}

}  // namespace hg::io
