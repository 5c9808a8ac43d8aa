// weave: makes the book's pages, in Doxygen's Markdown, of lessons/, core/ops/ and docs/.
//
// It runs in the root of the tree; `make book` calls it and then Doxygen.
#include <CLI/CLI.hpp>
#include <iostream>

#include "book.hpp"

int main(int argc, char** argv) try {
  CLI::App app("Makes the book's pages of lessons/, core/ops/ and docs/.", "weave");
  hg::book::Places places;
  app.add_option("--contents", places.contents, "what the book holds, in order")
      ->capture_default_str();
  app.add_option("--pictures", places.pictures,
                 "what the lessons drew: CHAPTER/LESSON/*.png")
      ->capture_default_str();
  app.add_option("--operators", places.operators, "the output of handgrad op list --json");
  app.add_option("--out", places.out, "the book's folder")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  auto book = hg::book::plan(places);
  hg::book::write_pages(book);
  hg::book::write_site(book);
  std::cout << book.reading_order().size() << " pages in " << places.out.string() << "\n";
  return 0;
} catch (const std::exception& error) {
  std::cerr << "weave: " << error.what() << "\n";
  return 1;
}
