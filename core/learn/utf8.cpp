#include "learn/utf8.hpp"

namespace hg::learn {

namespace {

// The first byte says how long the letter is: 0xxxxxxx 1, 110xxxxx 2, 1110xxxx 3,
// 11110xxx 4. All that follow look like 10xxxxxx.
size_t length_of(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

bool whole(std::string_view letter) {
  for (size_t i = 1; i < letter.size(); ++i) {
    if ((static_cast<unsigned char>(letter[i]) & 0xc0) != 0x80) return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> letters(std::string_view text) {
  std::vector<std::string> out;
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const size_t length = length_of(first);
    const std::string_view letter = text.substr(i, length);
    if (length == 0 || letter.size() < length || !whole(letter)) {
      out.emplace_back("?");
      ++i;
      continue;
    }
    const char32_t code = code_point(letter);
    const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    out.emplace_back(control ? std::string_view("?") : letter);
    i += length;
  }
  return out;
}

char32_t code_point(std::string_view letter) {
  if (letter.empty()) return 0;
  const auto first = static_cast<unsigned char>(letter[0]);
  if (letter.size() == 1) return first;
  char32_t code = first & (0xffu >> (letter.size() + 1));
  for (size_t i = 1; i < letter.size(); ++i) {
    code = (code << 6) | (static_cast<unsigned char>(letter[i]) & 0x3fu);
  }
  return code;
}

std::string encode(char32_t code) {
  auto byte = [](char32_t bits) { return static_cast<char>(bits); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xc0 | (code >> 6)), byte(0x80 | (code & 0x3f))};
  if (code < 0x10000) {
    return {byte(0xe0 | (code >> 12)), byte(0x80 | ((code >> 6) & 0x3f)),
            byte(0x80 | (code & 0x3f))};
  }
  return {byte(0xf0 | (code >> 18)), byte(0x80 | ((code >> 12) & 0x3f)),
          byte(0x80 | ((code >> 6) & 0x3f)), byte(0x80 | (code & 0x3f))};
}

}  // namespace hg::learn
