#include "book.hpp"

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "literate.hpp"

namespace fs = std::filesystem;

namespace hg::book {
namespace {

std::vector<fs::path> sorted_files(const fs::path& folder) {
  std::vector<fs::path> files;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// "linear_networks" -> "Linear networks".
std::string spelled_out(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return capitalised(name);
}

// The first paragraph of some Markdown, in one line.
std::string first_paragraph(const std::vector<std::string>& lines, std::size_t from) {
  std::string text;
  for (auto i = from; i < lines.size(); ++i) {
    const auto& line = lines[i];
    if (line.starts_with('#')) break;
    if (line.empty() && !text.empty()) break;
    if (!line.empty()) text += (text.empty() ? "" : " ") + line;
  }
  return text;
}

std::string first_sentence(const std::string& text) {
  static const std::regex end("[.?!](?= |$)|:$");
  std::smatch found;
  if (!std::regex_search(text, found, end)) return text;
  auto sentence = text.substr(0, static_cast<std::size_t>(found.position() + 1));
  if (sentence.back() == ':') sentence.back() = '.';
  return sentence;
}

Page document(const fs::path& source) {
  Page page;
  page.sort = Sort::document;
  page.source = source;
  page.label = source.stem() == "index" ? "index" : slug(source.stem().string());
  const auto lines = literate::split_lines(read_file(source));
  if (lines.empty() || !lines[0].starts_with("# "))
    throw std::runtime_error(source.string() +
                             ": its first line must be a heading, # Title");
  page.title = plain(lines[0].substr(2));
  page.lead = first_sentence(first_paragraph(lines, 1));
  return page;
}

Page lesson(const fs::path& source, int chapter, int section) {
  static const std::regex numbered("^[0-9]+(\\.[0-9]+)*[.:]? +");
  Page page;
  page.sort = Sort::lesson;
  page.source = source;
  const auto topic = source.parent_path().filename().string();
  page.label = topic.substr(0, 4) + "_" + source.stem().string();
  page.number = std::to_string(chapter) + "." + std::to_string(section);
  const auto blocks = literate::parse(read_file(source));
  const auto is_title = [](const std::string& line) { return line.starts_with("# "); };
  if (blocks.empty() || blocks[0].kind != literate::Kind::prose ||
      !is_title(blocks[0].lines[0]))
    throw std::runtime_error(source.string() +
                             ": a lesson begins with its title, // # Title");
  page.title = std::regex_replace(plain(blocks[0].lines[0].substr(2)), numbered, "");
  page.lead = first_paragraph(blocks[0].lines, 1);
  if (page.lead.empty() && blocks.size() > 1)
    page.lead = first_paragraph(blocks[1].lines, 0);
  page.lead = first_sentence(page.lead);
  return page;
}

std::vector<Chapter> lesson_chapters() {
  static const std::regex folder_name("ch(\\d\\d)_(\\w+)"),
      file_name("(\\d\\d)_\\w+\\.cpp");
  std::vector<Chapter> chapters;
  for (const auto& folder : sorted_files("lessons")) {
    std::smatch found;
    const auto topic = folder.filename().string();
    if (!std::regex_match(topic, found, folder_name)) continue;
    const int number = std::stoi(found[1]);
    Chapter chapter;
    chapter.page.sort = Sort::chapter;
    chapter.page.label = topic;
    chapter.page.number = std::to_string(number) + ".";
    chapter.page.title = spelled_out(found[2]);
    for (const auto& file : sorted_files(folder)) {
      const auto name = file.filename().string();
      if (std::regex_match(name, found, file_name))
        chapter.pages.push_back(lesson(file, number, std::stoi(found[1])));
    }
    if (!chapter.pages.empty()) chapters.push_back(std::move(chapter));
  }
  return chapters;
}

// docs/chapters.md: "## 3. Linear networks", then what the chapter is about.
void name_chapters(std::vector<Chapter>& chapters, const fs::path& source) {
  static const std::regex heading("## (\\d+\\.) (.+)");
  const auto lines = literate::split_lines(read_file(source));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch found;
    if (!std::regex_match(lines[i], found, heading)) continue;
    for (auto& chapter : chapters) {
      if (chapter.page.number != found[1]) continue;
      chapter.page.title = found[2];
      chapter.page.lead = first_paragraph(lines, i + 1);
    }
  }
}

// A source as a page. Its opening names it: "softmax: turn each row ...", or else by its
// first sentence where that is short, or else it is called by its path.
Page source_page(const fs::path& source, Sort sort) {
  const std::size_t longest_title = 48;
  Page page;
  page.sort = sort;
  page.source = source;
  auto path = source.generic_string();
  if (path.starts_with("core/")) path.erase(0, 5);
  const bool is_operator = sort == Sort::operator_file;
  page.label = is_operator ? "op_" + source.stem().string() : "src-" + slug(path);
  // Titles may meet (core/optim, plugins/optim), addresses may not.
  if (path.starts_with("plugins/")) path.erase(0, 8);
  page.title = is_operator ? spelled_out(source.stem().string()) : path;
  const auto blocks = literate::parse(read_source(source));
  if (blocks.empty() || blocks[0].kind != literate::Kind::prose) return page;
  const auto opening = first_paragraph(blocks[0].lines, 0);
  const auto colon = opening.find(": ");
  page.lead = first_sentence(opening);
  if (colon <= longest_title || (is_operator && colon != opening.npos)) {
    page.title = opening.substr(0, colon);
    page.lead = capitalised(first_sentence(opening.substr(colon + 2)));
  } else if (page.lead.size() <= longest_title) {
    page.title = page.lead.substr(0, page.lead.size() - page.lead.ends_with('.'));
    page.lead.clear();
  }
  return page;
}

// A file of core/ops that opens with the names of its operators, "// softmax: turn ...", is
// a page; the helpers, which open otherwise, are not.
bool describes_operators(const fs::path& file) {
  static const std::regex opening("// [a-z]");
  return file.extension() == ".cpp" &&
         std::regex_search(read_file(file), opening,
                           std::regex_constants::match_continuous);
}

Chapter operator_chapter() {
  Chapter chapter;
  chapter.page.sort = Sort::operators;
  chapter.page.label = "operators";
  chapter.page.title = "Operators";
  chapter.page.lead = "What each takes and gives, and how its backward pass is derived.";
  for (const auto& file : sorted_files("core/ops"))
    if (describes_operators(file))
      chapter.pages.push_back(source_page(file, Sort::operator_file));
  return chapter;
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path.string() + ": cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A single letter is a name in a formula and stays as it is, but for the article "a".
std::string capitalised(std::string text) {
  static const std::regex word("[a-z][a-z]|a [a-z]{3}");
  if (std::regex_search(text, word, std::regex_constants::match_continuous))
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

// A C header opens with /* ... */; its lines begin with an asterisk.
std::string read_source(const fs::path& path) {
  auto text = read_file(path);
  if (!text.starts_with("/*")) return text;
  static const std::regex margin("^( ?/?\\*/?) ?");
  const auto end = text.find("*/");
  std::string opening;
  for (const auto& line : literate::split_lines(text.substr(0, end)))
    opening += "// " + std::regex_replace(line, margin, "") + "\n";
  return opening + text.substr(std::min(end + 2, text.size()));
}

void write_file(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error(path.string() + ": cannot be written");
}

std::vector<Page*> Book::reading_order() {
  std::vector<Page*> pages;
  for (auto& part : parts)
    for (auto& chapter : part.chapters) {
      pages.push_back(&chapter.page);
      for (auto& page : chapter.pages) pages.push_back(&page);
    }
  return pages;
}

std::string Book::resolve(const fs::path& source, std::string_view target) const {
  const auto hash = target.find('#');
  const fs::path file = std::string(target.substr(0, hash));
  for (const auto& path : {source.parent_path() / file, file}) {
    const auto found = addresses.find(path.lexically_normal().string());
    if (found == addresses.end()) continue;
    if (hash == target.npos) return found->second;
    const auto label = found->second.substr(0, found->second.rfind('.'));
    return found->second + "#" + label + "-" + std::string(target.substr(hash + 1));
  }
  return {};
}

Book plan(Places places) {
  Book book;
  book.places = std::move(places);
  int number = 0;
  for (const auto& line : literate::split_lines(read_file(book.places.contents))) {
    ++number;
    if (line.empty() || line.starts_with("//")) continue;
    const auto word = line.substr(line.find_first_not_of(' '));
    if (!line.starts_with(' ')) {
      book.parts.push_back({line, {}});
      continue;
    }
    if (book.parts.empty())
      throw std::runtime_error(book.places.contents.string() + ", line " +
                               std::to_string(number) + ": a page before the first part");
    auto& chapters = book.parts.back().chapters;
    if (word == "lessons") {
      auto lessons = lesson_chapters();
      name_chapters(lessons, "docs/chapters.md");
      std::move(lessons.begin(), lessons.end(), std::back_inserter(chapters));
    } else if (word == "operators") {
      chapters.push_back(operator_chapter());
    } else if (word.find('/') != word.npos) {
      chapters.push_back({source_page(word, Sort::source), {}});
    } else {
      chapters.push_back({document(fs::path("docs") / word), {}});
    }
  }
  for (const auto* page : book.reading_order())
    if (!page->source.empty()) book.addresses[page->source.string()] = page->address();
  return book;
}

}  // namespace hg::book
