// book: what the book holds and in which order, before any page is written.
//
// docs/book/contents.txt names the parts. A part lists pages of docs/, single sources, the
// lessons (a chapter for each folder lessons/chNN_topic) or the operators (a page for each
// file of core/ops that describes some).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "markdown.hpp"

namespace hg::book {

enum class Sort { document, chapter, lesson, operators, operator_file, source };

struct Section {  // what the search knows of a page
  std::string address, title, text;
};

struct Page {
  Sort sort = Sort::document;
  std::string label;             // the page is label.html
  std::string number;            // "3.6", or empty
  std::string title;             // without the number
  std::string lead;              // its first sentence, Markdown
  std::filesystem::path source;  // within the tree; empty: generated
  std::string text;              // for Doxygen, once it is written
  std::vector<Heading> headings;
  std::vector<Section> sections;

  std::string address() const { return label + ".html"; }
  std::string full_title() const { return number.empty() ? title : number + " " + title; }
};

struct Chapter {  // one page, and the pages below it
  Page page;
  std::vector<Page> pages;
};

struct Part {
  std::string title;
  std::vector<Chapter> chapters;
};

struct Places {
  std::filesystem::path contents = "docs/book/contents.txt";
  std::filesystem::path pictures =
      "build/book-pictures";        // chNN_topic/MM_title/*.png, *.svg
  std::filesystem::path operators;  // JSON; empty: no reference
  std::filesystem::path out = "build/book";
};

struct Book {
  Places places;
  std::vector<Part> parts;
  std::map<std::string, std::string> addresses;  // of sources: "core/ops/add.cpp" -> page

  std::vector<Page*> reading_order();
  // The address for a link found in `source`, relative to it or to the tree's root.
  std::string resolve(const std::filesystem::path& source, std::string_view target) const;
};

Book plan(Places places);      // titles, leads, numbers and addresses, no text yet
void write_pages(Book& book);  // the text, headings and search sections of every page
void write_site(Book& book);   // all files Doxygen needs, pictures, the search's index

// The pages that are not one source's text (reference.cpp).
std::string operator_reference(Book& book, Page& page);

std::string capitalised(std::string text);
std::string read_file(const std::filesystem::path& path);
std::string read_source(const std::filesystem::path& path);  // the opening as // lines
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace hg::book
