// The book's Markdown: from the plain form of the sources to the one that Doxygen reads.
#define BOOST_TEST_MODULE markdown
#include <boost/test/unit_test.hpp>

#include "../docs/tools/markdown.cpp"

using namespace hg::book;
using Lines = std::vector<std::string>;

namespace {

std::string resolve(std::string_view target) {
  return target == "notation.md" || target == "docs/notation.md" ? "notation.html" : "";
}

std::string inline_of(const std::string& text, bool math = false) {
  return Converter({"page", math, resolve}).inline_text(text);
}

std::string converted(const Lines& lines, bool math = false) {
  return Converter({"page", math, resolve}).convert(lines);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_doxygen_would_take_for_a_command_is_escaped) {
  BOOST_TEST(inline_of("x @ w, vector<float>, 5 %, #include") ==
             "x \\@ w, vector\\<float>, 5 \\%, \\#include");
  BOOST_TEST(inline_of("a \\n b") == "a \\\\n b");
  BOOST_TEST(inline_of("\\*not bold\\*") == "\\*not bold\\*");
  BOOST_TEST(inline_of("run it with --data DIR") == "run it with \\--data DIR");
  BOOST_TEST(inline_of("x -- y") == "x -- y");
}

BOOST_AUTO_TEST_CASE(code_is_left_alone) {
  BOOST_TEST(inline_of("`x @ w` and `f'(x)`") == "``x @ w`` and ``f'(x)``");
  BOOST_TEST(inline_of("`two\nlines`") == "``two lines``");
  BOOST_TEST(inline_of("an open ` mark") == "an open ` mark");
}

BOOST_AUTO_TEST_CASE(links_lead_to_pages_or_lose_their_target) {
  BOOST_TEST(inline_of("[Notation](notation.md)") ==
             "<a href=\"notation.html\">Notation</a>");
  BOOST_TEST(inline_of("[gone](gone.md) text") == "gone text");
  BOOST_TEST(inline_of("[web](https://x.org/a@b)") ==
             "<a href=\"https://x.org/a@b\">web</a>");
  BOOST_TEST(inline_of("`docs/notation.md`") ==
             "<a href=\"notation.html\">``docs/notation.md``</a>");
  BOOST_TEST(inline_of("x[k] (y)") == "x[k] (y)");
}

BOOST_AUTO_TEST_CASE(mathematics_only_where_it_is_asked_for) {
  BOOST_TEST(inline_of("it costs $3 or $4") == "it costs $3 or $4");
  BOOST_TEST(inline_of("size $a_b < c$", true) == "size \\f$a_b < c\\f$");
  Converter converter({"page", true, resolve});
  BOOST_TEST(converter.convert({"$$a", "= b$$"}) == "\\f[a\n= b\\f]\n");
  BOOST_TEST(converter.uses_math());
}

BOOST_AUTO_TEST_CASE(headings_get_addresses_of_their_own) {
  Converter converter({"page", false, resolve});
  const auto text =
      converter.convert({"## Loss, by hand", "", "## Loss by hand", "", "## 中文"});
  BOOST_TEST(contains(text, "## Loss, by hand {#page-loss-by-hand}"));
  BOOST_TEST(contains(text, "## Loss by hand {#page-loss-by-hand-2}"));
  BOOST_TEST(contains(text, "{#page-section}"));
  BOOST_REQUIRE_EQUAL(converter.headings().size(), 3u);
  BOOST_TEST(converter.headings()[0].level == 2);
}

BOOST_AUTO_TEST_CASE(a_formula_stands_as_it_is_written) {
  const auto text =
      converted({"Text:", "", "    y = x < 1    (*)", "", "      z", "", "More."});
  BOOST_TEST(contains(text,
                      "<pre class=\"formula\">y = x &lt; 1    "
                      "<b class=\"result\">(*)</b>\n\n  z\n</pre>"));
  BOOST_TEST(contains(text, "\nMore.\n"));
}

BOOST_AUTO_TEST_CASE(words_set_in_columns_stay_in_columns) {
  const auto text =
      converted({"Two:", "mse    (x - t)^2", "       2 (x - t)", "", "End.    Yes."});
  BOOST_TEST(contains(text, "Two:\n"));
  BOOST_TEST(contains(text, ">mse    (x - t)^2\n       2 (x - t)\n</pre>"));
  BOOST_TEST(contains(text, "\nEnd.    Yes.\n"));
  BOOST_TEST(!contains(converted({"| a    b | c |", "| --- | --- |"}), "formula"));
}

BOOST_AUTO_TEST_CASE(a_formula_in_a_list_stays_in_the_list) {
  const auto text =
      converted({"1. Derive", "   this:", "", "       y = x", "       z", "2. Next"});
  BOOST_TEST(contains(text, "1. Derive\n   this:\n"));
  BOOST_TEST(
      contains(text, "   \\htmlonly[block]<pre class=\"formula\">y = x&#10;z</pre>"));
  BOOST_TEST(contains(text, "\n2. Next\n"));
}

BOOST_AUTO_TEST_CASE(fences_keep_their_language) {
  BOOST_TEST(
      contains(converted({"```cpp", "  int @x;", "```"}), "~~~~~~{.cpp}\nint @x;\n"));
  BOOST_TEST(contains(converted({"```sh", "a < b", "```", "after"}),
                      "<pre class=\"listing\">a &lt; b\n</pre>"));
}

BOOST_AUTO_TEST_CASE(a_bar_within_code_does_not_end_a_cell) {
  const auto text = converted({"| a | b |", "| --- | --- |", "| `|x|` | `y` |"});
  BOOST_TEST(contains(text, "| <code>\\|x\\|</code> | ``y`` |"));
}

BOOST_AUTO_TEST_CASE(titles_lose_their_marks) {
  BOOST_TEST(plain("**Loss** of `x`, see [here](there.md)") == "Loss of x, see here");
}
