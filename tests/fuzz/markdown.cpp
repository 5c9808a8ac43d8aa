// Fuzz target: the Markdown of lessons and documents.
#include "../../docs/tools/markdown.cpp"

#include "fuzz/target.hpp"

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines(1);
  for (char c : text) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  }
  return lines;
}

}  // namespace

FUZZ_TARGET(markdown) {
  if (bytes.empty()) return;
  hg::book::Dialect dialect;
  dialect.page = "page";
  dialect.math = bytes[0] & 1;
  dialect.resolve = [](std::string_view target) { return std::string(target); };
  hg::book::Converter(dialect).convert(lines_of(bytes.substr(1)));
}
