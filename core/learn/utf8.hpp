// UTF-8: one letter is one to four bytes. Broken input becomes '?', never a crash.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hg::learn {

/// The letters of `text`, each as its own small string. Bytes that are no UTF-8, and
/// control characters, come out as "?".
std::vector<std::string> letters(std::string_view text);

/// The Unicode number of one letter, as letters() gives it.
char32_t code_point(std::string_view letter);

/// The UTF-8 bytes of a Unicode number.
std::string encode(char32_t code);

}  // namespace hg::learn
