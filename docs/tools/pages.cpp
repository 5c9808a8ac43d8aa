// pages: from a source to the text of its page.
#include <algorithm>
#include <regex>
#include <set>
#include <utility>

#include "book.hpp"
#include "literate.hpp"

namespace fs = std::filesystem;

namespace hg::book {
namespace {

using literate::Block;
using literate::Kind;

// What the search shows of a line: a table's rules and bars are no text.
std::string searchable(const std::string& line) {
  auto text = plain(line);
  if (!line.starts_with('|')) return text;
  if (text.find_first_not_of("|-: ") == text.npos) return {};
  std::replace(text.begin(), text.end(), '|', ' ');
  return text;
}

// Does the line hold box drawing, blocks or braille (U+2500 to U+28FF)?
bool is_drawn(std::string_view line) {
  for (std::size_t at = 0; (at = line.find('\xe2', at)) != line.npos; ++at)
    if (at + 1 < line.size() && line[at + 1] >= '\x94' && line[at + 1] <= '\xa3')
      return true;
  return false;
}

// A page under construction: the text, and beside it what the search will find.
class Writer {
 public:
  Writer(const Book& book, Page& page, bool math)
      : page_(page), converter_({page.label, math, [&book, &page](std::string_view target) {
                                   return book.resolve(page.source, target);
                                 }}) {
    page.sections = {{page.address(), page.full_title(), plain(page.lead) + "\n"}};
  }

  void markdown(const std::vector<std::string>& lines) {
    const auto before = converter_.headings().size();
    page_.text += converter_.convert(lines) + "\n";
    auto next = before;
    for (const auto& line : lines) {
      const bool heading = next < converter_.headings().size() && line.starts_with('#');
      if (heading) {
        const auto& h = converter_.headings()[next++];
        page_.sections.push_back({page_.address() + "#" + h.id, plain(h.text), ""});
      } else {
        page_.sections.back().text += searchable(line) + "\n";
      }
    }
  }

  void code(const std::vector<std::string>& lines) {
    page_.text += code_block(lines);
    for (const auto& line : lines) page_.sections.back().text += line + "\n";
  }

  void output(const std::vector<literate::OutputLine>& lines) {
    std::string text;
    bool any_drawn = false;
    for (const auto& line : lines) {
      const bool drawn = is_drawn(line.text);
      any_drawn = any_drawn || drawn;
      if (line.checked || drawn)
        text += html(line.text) + "\n";
      else
        text += "<span class=\"free\">" + html(line.text) + "</span>\n";
    }
    page_.text += raw(std::string("<pre class=\"output") + (any_drawn ? " drawn" : "") +
                      "\">" + text + "</pre>");
  }

  void html_text(std::string_view text) { page_.text += raw(text); }
  std::string inline_text(std::string_view text) { return converter_.inline_text(text); }

  void finish() {
    page_.headings = converter_.headings();
    if (converter_.uses_math())
      page_.text +=
          raw("<script src=\"mathjax/MathJax.js?config=TeX-AMS_CHTML-full\">"
              "</script>");
  }

 private:
  Page& page_;
  Converter converter_;
};

// ---- Pictures --------------------------------------------------------------------------

// The pictures a lesson drew. Each is shown behind the code that names it, the rest at the
// end.
class Pictures {
 public:
  Pictures(const Book& book, const fs::path& source) {
    folder_ = source.parent_path().filename() / source.stem();
    const auto place = book.places.pictures / folder_;
    if (!fs::is_directory(place)) return;
    std::set<std::string> stems;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(place)) files.push_back(entry.path());
    // A drawing kept in both formats is shown once, as the sharper .svg.
    std::sort(files.begin(), files.end(), std::greater<>());
    for (const auto& file : files)
      if ((file.extension() == ".svg" || file.extension() == ".png") &&
          stems.insert(file.stem().string()).second)
        files_.push_back(file);
    std::reverse(files_.begin(), files_.end());
  }

  // Sets aside the pictures that this code names in a string.
  void look_for(const std::vector<std::string>& code) {
    const auto text = joined(code);
    for (auto file = files_.begin(); file != files_.end();) {
      const auto stem = file->stem().string();
      if (text.find('"' + stem + '"') == text.npos &&
          text.find('"' + stem + '.') == text.npos &&
          text.find('/' + stem + '.') == text.npos) {
        ++file;
        continue;
      }
      waiting_.push_back(*file);
      file = files_.erase(file);
    }
  }

  std::string waiting() { return figures(std::exchange(waiting_, {})); }
  std::string rest() { return waiting() + figures(std::exchange(files_, {})); }

 private:
  std::string figures(const std::vector<fs::path>& files) const {
    std::string text;
    for (const auto& file : files) {
      auto caption = file.stem().string();
      std::replace(caption.begin(), caption.end(), '_', ' ');
      text += "<figure><img src=\"pictures/" + (folder_ / file.filename()).string() +
              "\" alt=\"" + html(caption) + "\" loading=\"lazy\"/><figcaption>" +
              html(caption) + "</figcaption></figure>\n";
    }
    return text;
  }

  fs::path folder_;
  std::vector<fs::path> files_, waiting_;
};

// ---- Literate sources ------------------------------------------------------------------

bool closes_only(const Block& block) {
  const auto other = [](const std::string& line) {
    return line.find_first_not_of(" }") != line.npos;
  };
  return block.kind == Kind::code &&
         std::none_of(block.lines.begin(), block.lines.end(), other);
}

bool ends_the_text(const std::string& line) {
  return line.starts_with("## Summary") || line.starts_with("## Exercises");
}

void write_blocks(Writer& writer, Pictures& pictures, const std::vector<Block>& blocks) {
  const auto show = [&](const std::string& figures) {
    if (!figures.empty()) writer.html_text(figures);
  };
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const auto& block = blocks[k];
    if (block.kind == Kind::output) {  // belongs to the code above: before its pictures
      writer.output(block.output);
      continue;
    }
    if (std::any_of(block.lines.begin(), block.lines.end(), ends_the_text))
      show(pictures.rest());
    show(pictures.waiting());
    if (block.kind == Kind::prose) {
      writer.markdown(block.lines);
    } else if (k + 1 < blocks.size() || !closes_only(block)) {  // no lone brace at the end
      writer.code(block.lines);
      pictures.look_for(block.lines);
    }
  }
  show(pictures.rest());
}

// lessons/chNN_topic/exercises/MM_*.cpp, folded up at the end of lesson MM.
void write_solutions(Writer& writer, Pictures& pictures, const fs::path& lesson) {
  const auto folder = lesson.parent_path() / "exercises";
  const auto section = lesson.stem().string().substr(0, 3);
  if (!fs::is_directory(folder)) return;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".cpp" &&
        entry.path().filename().string().starts_with(section))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    writer.html_text("<details class=\"solution\"><summary>Solution: <code>" +
                     html(file.generic_string()) + "</code></summary>");
    auto blocks = literate::parse(read_file(file));
    for (auto& block : blocks)  // no headings: a solution is part of its lesson
      for (auto& line : block.lines)
        if (block.kind == Kind::prose && line.starts_with('#'))
          line = "**" + line.substr(line.find_first_not_of("# ")) + "**";
    write_blocks(writer, pictures, blocks);
    writer.html_text("</details>");
  }
}

void write_lesson(const Book& book, Page& page) {
  Writer writer(book, page, false);
  Pictures pictures(book, page.source);
  writer.html_text("<p class=\"about\"><code>" + html(page.source.generic_string()) +
                   "</code> <span>run it with <code>make lesson L=" + page.number +
                   "</code></span></p>");
  auto blocks = literate::parse(read_file(page.source));
  blocks[0].lines.erase(blocks[0].lines.begin());  // the title
  write_blocks(writer, pictures, blocks);
  write_solutions(writer, pictures, page.source);
  writer.finish();
}

// ---- Operators -------------------------------------------------------------------------

// "Forward.  x is (N,K)" begins with a run-in heading, and so do the other steps of a
// derivation. "---- Title ----" is a heading of the source.
std::string with_headings(const std::string& line) {
  static const std::regex run_in("^( {0,3})([A-Z][A-Za-z ]{2,40}\\.)  (?=\\S)");
  static const std::regex step(
      "^( {0,3})(Saved[a-z ]*|Check by thought|The delicate point|Stability):");
  static const std::regex rule("^-{2,} *(.+?) *-{2,}$");
  auto text = std::regex_replace(line, run_in, "$1**$2** ");
  text = std::regex_replace(text, step, "$1**$2:**");
  return std::regex_replace(text, rule, "## $1");
}

void write_source(const Book& book, Page& page) {
  Writer writer(book, page, false);
  Pictures none(book, {});
  const bool is_operator = page.sort == Sort::operator_file;
  writer.html_text(
      "<p class=\"about\"><code>" + html(page.source.generic_string()) + "</code>" +
      (is_operator ? " <a href=\"notation.html\">what the letters mean</a>" : "") + "</p>");
  auto blocks = literate::parse(read_source(page.source));
  for (auto& block : blocks)
    if (block.kind == Kind::prose)
      for (auto& line : block.lines) line = with_headings(line);
  const auto name = page.title + ": ";
  if (blocks[0].kind == Kind::prose && blocks[0].lines[0].starts_with(name)) {
    auto& first = blocks[0].lines[0];  // the name is the title already
    first = capitalised(first.substr(name.size()));
  }
  write_blocks(writer, none, blocks);
  writer.finish();
}

// ---- Pages of docs/, and lists of pages ------------------------------------------------

std::string list_of(const std::vector<Page>& pages) {
  std::string text = "<ol class=\"contents-list\">\n";
  for (const auto& page : pages)
    text += "<li><a href=\"" + page.address() + "\">" +
            (page.number.empty() ? "" : "<b>" + page.number + "</b> ") + html(page.title) +
            "</a><span>" + html(plain(page.lead)) + "</span></li>\n";
  return text + "</ol>";
}

void write_contents(Writer& writer, const Book& book) {
  for (const auto& part : book.parts) {
    std::vector<Page> pages;
    for (const auto& chapter : part.chapters)
      if (chapter.page.label != "index") pages.push_back(chapter.page);
    if (pages.empty()) continue;
    writer.markdown({"", "## " + part.title, ""});
    writer.html_text(list_of(pages));
  }
}

void write_document(const Book& book, Page& page) {
  Writer writer(book, page, true);
  auto lines = literate::split_lines(read_file(page.source));
  lines.erase(lines.begin());
  writer.markdown(lines);
  if (page.label == "index") write_contents(writer, book);
  writer.finish();
}

void write_chapter(const Book& book, Chapter& chapter) {
  Writer writer(book, chapter.page, true);
  if (!chapter.page.lead.empty()) writer.markdown({chapter.page.lead});
  writer.html_text(list_of(chapter.pages));
  writer.finish();
}

void write_operators(Book& book, Chapter& chapter) {
  Writer writer(book, chapter.page, true);
  writer.markdown(
      {"An operator has one definition and any number of kernels. Each page here",
       "derives one backward pass, index by index, beside the loops that",
       "compute it; [Notation](docs/notation.md) says what the letters mean."});
  if (!chapter.pages.empty()) {
    writer.markdown({"", "## The derivations", ""});
    writer.html_text(list_of(chapter.pages));
  }
  writer.finish();
  chapter.page.text += operator_reference(book, chapter.page);
}

}  // namespace

void write_pages(Book& book) {
  for (auto& part : book.parts)
    for (auto& chapter : part.chapters) {
      switch (chapter.page.sort) {
        case Sort::chapter: write_chapter(book, chapter); break;
        case Sort::operators: write_operators(book, chapter); break;
        case Sort::source: write_source(book, chapter.page); break;
        default: write_document(book, chapter.page);
      }
      for (auto& page : chapter.pages) {
        if (page.sort == Sort::lesson)
          write_lesson(book, page);
        else
          write_source(book, page);
      }
    }
}

}  // namespace hg::book
