// markdown: turns the Markdown of lessons and docs/ into the Markdown that Doxygen reads.
//
// The sources are plain Markdown and know nothing of Doxygen, to which a backslash, an at
// sign or a word in angle brackets means something else. Headings get addresses, links to
// sources become links to pages, and formulas, which are indented by four or set in
// columns, stay as they stand.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hg::book {

std::string html(std::string_view text);       // text with <, >, & and " made harmless
std::string slug(std::string_view heading);    // "Loss, by hand" -> "loss-by-hand"
std::string plain(std::string_view markdown);  // one line without its marks, for titles
std::string joined(const std::vector<std::string>& lines);
std::vector<std::string> dedented(std::vector<std::string> lines);

// Raw HTML and blocks, ready for a page.
std::string raw(std::string_view html_text);
std::string code_block(std::vector<std::string> lines, std::string_view language = "cpp");
std::string formula_block(std::vector<std::string> lines);

struct Heading {
  int level = 2;
  std::string text;  // Markdown
  std::string id;
};

struct Dialect {
  std::string page;   // label of the page, with which every heading's address begins
  bool math = false;  // $...$ and $$...$$ are TeX
  // The address of what a link or a `path` points at; empty: not in the book.
  std::function<std::string(std::string_view target)> resolve;
};

class Converter {
 public:
  explicit Converter(Dialect dialect) : dialect_(std::move(dialect)) {}

  std::string convert(const std::vector<std::string>& markdown);
  std::string inline_text(std::string_view text, bool in_table = false);

  const std::vector<Heading>& headings() const { return headings_; }
  bool uses_math() const { return uses_math_; }

 private:
  std::string heading(std::string_view line);
  std::string link(std::string_view text, std::string_view target);

  Dialect dialect_;
  std::vector<Heading> headings_;
  bool uses_math_ = false;
};

}  // namespace hg::book
