#include "io/npy_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <set>
#include <vector>

namespace hg::io {
namespace {

constexpr uint32_t longest_header = 1 << 20;

constexpr struct {
  const char* kind;  // as in descr, behind the byte order
  DType read_as;
  bool is_unsigned;
} kinds[] = {{"f4", f32, false}, {"f8", f64, false}, {"f2", f16, false},
             {"i8", i64, false}, {"i4", i32, false}, {"i2", i16, false},
             {"i1", i8, false},  {"u1", u8, false},  {"b1", bool_, false},
             {"u2", i32, true},  {"u4", i64, true},  {"u8", i64, true}};

// {'descr': TEXT, 'fortran_order': True or False, 'shape': (N, N, ...)}, in any order.
class Dictionary {
 public:
  Dictionary(std::string_view text, uint64_t offset, const Source& source)
      : text_(text), offset_(offset), source_(source) {}

  NpyHeader read() {
    NpyHeader header;
    std::set<std::string> seen;
    expect('{');
    while (peek() != '}') {
      const std::string key = quoted();
      if (!seen.insert(key).second) fail("the key '" + key + "' appears twice");
      expect(':');
      if (key == "descr") {
        header.descr = descr();
      } else if (key == "fortran_order") {
        header.fortran_order = boolean();
      } else if (key == "shape") {
        header.shape = tuple();
      } else {
        fail("unknown key '" + key + "'");
      }
      if (peek() != '}') expect(',');
    }
    expect('}');
    if (at_ != text_.size() && peek() != '\0') fail("expected the end of the header");
    for (const char* key : {"descr", "fortran_order", "shape"}) {
      if (!seen.contains(key)) fail(std::string("'") + key + "' is missing");
    }
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    source_.fail("byte " + std::to_string(offset_ + at_) + ", in the header: " + problem,
                 "is it a .npy file?");
  }

  // The next character that is no blank; zero at the end.
  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void expect(char c) {
    if (peek() != c) fail(std::string("expected '") + c + "'");
    ++at_;
  }
  bool accept(std::string_view word) {
    peek();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  std::string quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail("expected a text in quotes");
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("the text in quotes does not end");
    const std::string inside(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return inside;
  }
  std::string descr() {
    if (peek() == '[') {
      source_.fail("its elements are structures with fields, which handgrad has not",
                   "save the fields as arrays of their own, in a .npz file");
    }
    return quoted();
  }
  bool boolean() {
    if (accept("True")) return true;
    if (accept("False")) return false;
    fail("expected True or False");
  }
  Shape tuple() {
    std::vector<int64_t> sizes;
    expect('(');
    while (peek() != ')') {
      int64_t n = 0;
      const char* first = text_.data() + at_;
      const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), n);
      if (error != std::errc() || n < 0) {
        fail("expected a size from 0 to 2^63 - 1");
      }
      at_ += size_t(end - first);
      accept("L");  // as Python 2 wrote it
      sizes.push_back(n);
      if (peek() != ')') expect(',');
    }
    expect(')');
    if (sizes.size() > size_t(max_rank)) {
      fail(std::to_string(sizes.size()) + " axes; handgrad has at most " +
           std::to_string(max_rank));
    }
    return std::span<const int64_t>(sizes);
  }

  std::string_view text_;
  uint64_t offset_;
  const Source& source_;
  size_t at_ = 0;
};

void find_type(NpyHeader& header) {
  const std::string& d = header.descr;
  if (d.size() < 3 || std::string_view("<>|=").find(d[0]) == std::string_view::npos) return;
  for (auto& k : kinds) {
    if (d.substr(1) != k.kind) continue;
    header.dtype = k.read_as;
    header.is_unsigned = k.is_unsigned;
    header.width = size_t(k.kind[1] - '0');
    header.big_endian = d[0] == '>';
  }
}

// The elements must be what is left of the source, no more and no less.
void check_size(const NpyHeader& header, uint64_t start, const Source& source) {
  const std::string what = header.shape.to_string() + " of '" + header.descr + "'";
  uint64_t bytes = header.width;
  bool none = false;
  for (const int64_t n : header.shape) {
    none |= n == 0;
    if (__builtin_mul_overflow(bytes, uint64_t(n == 0 ? 1 : n), &bytes)) {
      source.fail(what + " has more bytes than 64 bits can count");
    }
  }
  if (none) bytes = 0;
  const uint64_t left = source.size() - start;
  if (bytes != left) {
    source.fail("byte " + std::to_string(start) + ": expected " + std::to_string(bytes) +
                    " bytes, " + what + ", found " + std::to_string(left),
                bytes > left ? "was all of it copied?"
                             : "several arrays of one file belong in a .npz");
  }
}

}  // namespace

NpyHeader read_npy_header(Source& source) {
  std::array<unsigned char, 12> start{};
  if (source.size() < 10) {
    source.fail(
        "it has " + std::to_string(source.size()) + " bytes; the shortest header has 10",
        "is it a .npy file?");
  }
  source.read(start.data(), 8);
  if (std::memcmp(start.data(), "\x93NUMPY", 6) != 0) {
    source.fail("byte 0: expected 93 \"NUMPY\", found something else",
                "is it a .npy file?");
  }
  const int version = start[6];
  if (version < 1 || version > 3 || start[7] != 0) {
    source.fail("byte 6: version " + std::to_string(version) + "." +
                std::to_string(start[7]) + "; handgrad reads 1.0, 2.0 and 3.0");
  }
  const size_t digits = version == 1 ? 2 : 4;
  if (source.size() < 8 + digits) source.fail("byte 8: the header ends too early");
  source.read(&start[8], digits);
  uint32_t length = 0;
  for (size_t i = digits; i-- > 0;) length = length << 8 | start[8 + i];
  if (length > source.size() - 8 - digits || length > longest_header) {
    source.fail("byte 8: the header's length is " + std::to_string(length) +
                    "; there are " + std::to_string(source.size() - 8 - digits) +
                    " bytes, and handgrad reads headers up to " +
                    std::to_string(longest_header),
                "was all of it copied?");
  }
  std::string text(length, '\0');
  source.read(text.data(), length);
  NpyHeader header = Dictionary(text, 8 + digits, source).read();
  find_type(header);
  if (header.dtype) check_size(header, 8 + digits + length, source);
  return header;
}

DType npy_type(DType type) { return type == bf16 ? f32 : type; }

std::string make_npy_header(DType type, const Shape& shape) {
  const auto* k = std::find_if(std::begin(kinds), std::end(kinds), [&](auto& entry) {
    return entry.read_as == npy_type(type);
  });
  std::string text = std::string("{'descr': '") + (k->kind[1] == '1' ? '|' : '<') +
                     k->kind + "', 'fortran_order': False, 'shape': (";
  for (const int64_t n : shape)
    text += std::to_string(n) + (shape.size() == 1 ? "," : ", ");
  if (shape.size() > 1) text.resize(text.size() - 2);
  text += "), }";
  // 10 bytes stand before the text, a line break ends it.
  text.append(63 - (text.size() + 10) % 64, ' ');
  text += '\n';
  return std::string("\x93NUMPY\1\0", 8) + char(text.size() & 255) +
         char(text.size() >> 8) + text;
}

}  // namespace hg::io
