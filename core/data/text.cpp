#include "data/text.hpp"

#include <algorithm>
#include <cstdint>

#include "data/bytes.hpp"
#include "tensor/error.hpp"

namespace hg::data {
namespace {

// How many bytes the UTF-8 character at `at` has; 0 if there is none. One byte below 80
// stands for itself. Others begin with as many ones as they have bytes, and go on with
// bytes 10xxxxxx. Spellings longer than needed, and the codes kept for UTF-16 or beyond
// 10ffff, are none.
size_t character(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return uint32_t(uint8_t(text[i])); };
  const uint32_t first = byte(at);
  if (first < 0x80) return 1;
  const size_t count = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || count > text.size() - at) return 0;
  uint32_t code = first & (0xffu >> (count + 1));
  for (size_t i = 1; i < count; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(at + i) & 0x3f);
  }
  const uint32_t least = count == 2 ? 0x80 : count == 3 ? 0x800 : 0x10000;
  const bool kept = 0xd800 <= code && code < 0xe000;
  return code < least || kept || code > 0x10ffff ? 0 : count;
}

}  // namespace

std::string parse_text(std::string_view bytes, const std::string& name) {
  std::string text;
  text.reserve(bytes.size());
  const std::string_view byte_order_mark = "\xef\xbb\xbf";
  size_t at = bytes.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  while (at < bytes.size()) {
    if (bytes[at] == '\r') {
      text += '\n';
      at += bytes.substr(at, 2) == "\r\n" ? 2 : 1;
      continue;
    }
    const size_t count = character(bytes, at);
    if (count == 0) {
      const char* digits = "0123456789abcdef";
      const auto byte = uint8_t(bytes[at]);
      throw Error("read_text",
                  name + ": offset " + std::to_string(at) +
                      ": expected a character of UTF-8, found the byte " +
                      digits[byte >> 4] + digits[byte & 15],
                  "is it text, and in this encoding?");
    }
    text += bytes.substr(at, count);
    at += count;
  }
  return text;
}

std::string read_text(const std::string& path) {
  return parse_text(read_file(path, "read_text"), path);
}

std::vector<std::string> read_lines(const std::string& path) {
  const std::string text = read_text(path);
  std::vector<std::string> lines;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

}  // namespace hg::data
