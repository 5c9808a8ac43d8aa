// site: what surrounds the pages (navigation, the table of a page, the search's index) and
// the files that Doxygen reads.
#include <nlohmann/json.hpp>
#include <set>

#include "book.hpp"

namespace fs = std::filesystem;

namespace hg::book {
namespace {

std::string anchor(const Page& page) {
  const auto number = page.number.empty() ? "" : "<b>" + page.number + "</b> ";
  return "<a href=\"" + page.address() + "\">" + number + html(page.title) + "</a>";
}

// The whole book in the margin: parts, chapters to fold, pages.
std::string navigation(const Book& book) {
  std::string text;
  for (const auto& part : book.parts) {
    if (part.chapters.empty()) continue;
    text += "<h2>" + html(part.title) + "</h2>\n<ul>\n";
    for (const auto& chapter : part.chapters) {
      if (chapter.pages.empty()) {
        text += "<li>" + anchor(chapter.page) + "</li>\n";
        continue;
      }
      text += "<li><details><summary>" + anchor(chapter.page) + "</summary><ul>\n";
      for (const auto& page : chapter.pages) text += "<li>" + anchor(page) + "</li>\n";
      text += "</ul></details></li>\n";
    }
    text += "</ul>\n";
  }
  return text;
}

std::string neighbours(const Page* previous, const Page* next) {
  const auto side = [](const Page* page, const char* name, const char* word) {
    if (page == nullptr) return std::string("<span></span>");
    return "<a class=\"" + std::string(name) + "\" href=\"" + page->address() +
           "\"><small>" + word + "</small>" + html(page->full_title()) + "</a>";
  };
  return raw("<nav class=\"neighbours\">" + side(previous, "previous", "Previous") +
             side(next, "next", "Next") + "</nav>");
}

// The page's own headings, shown beside it where the window is wide.
std::string table_of(const Page& page) {
  if (page.headings.size() < 3) return {};
  std::string text = "<nav class=\"on-this-page\"><h2>On this page</h2><ul>\n";
  for (const auto& heading : page.headings)
    if (heading.level == 2)
      text += "<li><a href=\"#" + heading.id + "\">" + html(plain(heading.text)) +
              "</a></li>\n";
  return raw(text + "</ul></nav>");
}

std::string replaced(std::string text, const std::string& mark, const std::string& with) {
  const auto at = text.find(mark);
  if (at == text.npos) throw std::runtime_error("docs/book/header.html has no " + mark);
  return text.replace(at, mark.size(), with);
}

// search-index.js: one entry for each section, with its text in small letters' reach.
std::string search_index(Book& book) {
  auto entries = nlohmann::json::array();
  for (const auto* page : book.reading_order())
    for (const auto& section : page->sections)
      entries.push_back({page->full_title(), section.title, section.address, section.text});
  // A source with broken UTF-8 costs a character here, not the book.
  return "book_search.fill(" +
         entries.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + ");\n";
}

void copy_pictures(const Book& book) {
  if (!fs::is_directory(book.places.pictures)) return;
  const auto target = book.places.out / "pictures";
  for (const auto& entry : fs::recursive_directory_iterator(book.places.pictures)) {
    const auto& file = entry.path();
    if (file.extension() != ".png" && file.extension() != ".svg") continue;
    const auto copy = target / fs::relative(file, book.places.pictures);
    fs::create_directories(copy.parent_path());
    fs::copy_file(file, copy, fs::copy_options::overwrite_existing);
  }
}

}  // namespace

void write_site(Book& book) {
  const auto source = book.places.out / "src";
  fs::remove_all(source);  // pages of sources that are gone
  const auto pages = book.reading_order();
  std::set<std::string> labels;
  for (std::size_t k = 0; k < pages.size(); ++k) {
    const auto& page = *pages[k];
    if (!labels.insert(page.label).second)
      throw std::runtime_error("two pages would be " + page.address());
    auto title = page.label == "index" ? page.title + " {#mainpage}"
                                       : page.full_title() + " {#" + page.label + "}";
    // "6. Networks" would become the first item of a list.
    if (page.number.ends_with('.')) title.replace(page.number.size(), 1, "&nbsp;");
    write_file(source / (page.label + ".md"),
               "# " + title + "\n\n" + table_of(page) + page.text +
                   neighbours(k > 0 ? pages[k - 1] : nullptr,
                              k + 1 < pages.size() ? pages[k + 1] : nullptr));
  }
  write_file(source / "header.html", replaced(read_file("docs/book/header.html"),
                                              "@NAVIGATION@", navigation(book)));
  write_file(book.places.out / "search-index.js", search_index(book));
  copy_pictures(book);
}

}  // namespace hg::book
