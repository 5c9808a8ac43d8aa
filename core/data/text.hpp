// Text files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hg::data {

/// The text in a file, which must be UTF-8. Line ends of \r\n and \r become \n, and the
/// byte order mark that some editors put first is left out.
std::string read_text(const std::string& path);
/// The same for a file in memory; errors call it `name`.
std::string parse_text(std::string_view bytes, const std::string& name = "text");

/// Its lines without their ends. A line end at the very end starts no further line.
std::vector<std::string> read_lines(const std::string& path);

}  // namespace hg::data
