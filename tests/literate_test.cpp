// The literate form of lessons: what is prose, code and output, and how output is compared.
#define BOOST_TEST_MODULE literate
#include <boost/test/unit_test.hpp>

#include "../docs/tools/literate.cpp"

using namespace hg::literate;
using Lines = std::vector<std::string>;

namespace {

OutputLine line(const std::string& source) {
  const auto blocks = parse(source);
  BOOST_REQUIRE(blocks.size() == 1 && blocks[0].output.size() == 1);
  return blocks[0].output[0];
}

// Does `//>` + mark + " " + expected hold when the program prints `printed`?
bool holds(const std::string& expected, const std::string& printed) {
  return matches(line("//>" + expected), printed);
}

// The kinds of a source's blocks, one letter each: p, c, o.
std::string shape(const std::string& source) {
  std::string result;
  for (const auto& block : parse(source))
    result += block.kind == Kind::prose ? 'p' : block.kind == Kind::code ? 'c' : 'o';
  return result;
}

const std::string lesson = R"(// # A title
//
// Text, and a formula:
//
//     y = w*x

int main() {
    // ## Data
    // More text.

    int x = 1;    // a short note stays with its line
    // on top of its statement
    int y = 2;

    print(x, y);
    //> 1 2
    //~ took 3 ms
    //>[5%] loss 0.5
}
)";

}  // namespace

BOOST_AUTO_TEST_CASE(a_lesson_falls_into_prose_code_and_output) {
  const auto blocks = parse(lesson);
  BOOST_REQUIRE_EQUAL(blocks.size(), 6u);
  BOOST_TEST(blocks[0].lines ==
                 (Lines{"# A title", "", "Text, and a formula:", "", "    y = w*x"}),
             boost::test_tools::per_element());
  BOOST_TEST(blocks[1].lines == (Lines{"int main() {"}), boost::test_tools::per_element());
  BOOST_TEST(blocks[2].lines == (Lines{"## Data", "More text."}),
             boost::test_tools::per_element());
  BOOST_TEST(
      blocks[3].lines == (Lines{"    int x = 1;    // a short note stays with its line",
                                "    // on top of its statement", "    int y = 2;", "",
                                "    print(x, y);"}),
      boost::test_tools::per_element());
  BOOST_TEST(blocks[3].line == 11);
  BOOST_REQUIRE(blocks[4].kind == Kind::output);
  BOOST_REQUIRE_EQUAL(blocks[4].output.size(), 3u);
  BOOST_TEST(blocks[4].output[0].text == "1 2");
  BOOST_TEST(blocks[4].output[1].text == "took 3 ms");
  BOOST_TEST(!blocks[4].output[1].checked);
  BOOST_TEST(blocks[4].output[2].line == 18);
  BOOST_TEST(blocks[5].lines == (Lines{"}"}), boost::test_tools::per_element());

  const auto expected = expected_output(blocks);
  BOOST_REQUIRE_EQUAL(expected.size(), 2u);  // the //~ line is not among them
  BOOST_TEST(expected[1].text == "loss 0.5");
}

BOOST_AUTO_TEST_CASE(a_comment_is_prose_or_goes_with_its_code) {
  BOOST_TEST(shape("int a;\n\n// one\n// two\nint b;\n") == "c");  // on top of code
  BOOST_TEST(shape("int a;\n\n// one\n// two\n// three\nint b;\n") ==
             "cpc");                                                       // a paragraph
  BOOST_TEST(shape("int a;\n// one\n// two\n// three\nint b;\n") == "c");  // within code
  BOOST_TEST(shape("int a;\n// one\n\nint b;\n") == "cpc");                // a gap below
  BOOST_TEST(shape("int a;\n// ## Heading\nint b;\n") == "cpc");           // a heading
  BOOST_TEST(shape("int a;\n//> 1\n// one\n// two\n// three\nint b;\n") == "copc");
  BOOST_TEST(shape("// one\n\n// two\n") == "pp");  // a blank line parts two paragraphs
  BOOST_TEST(shape("// an opening\nint a;\n") == "pc");
  BOOST_TEST(shape("int a;\n\n/// one\n/// two\n/// three\n\nint b;\n") == "c");
  BOOST_TEST(shape("\n\n\n").empty());
}

BOOST_AUTO_TEST_CASE(what_a_string_holds_is_code) {
  const std::string plugin = "auto s = R\"c(\n// ## no heading\n\n//> no output\n)c\";\n";
  BOOST_TEST(shape(plugin) == "c");
  BOOST_TEST(parse(plugin)[0].lines.size() == 5u);
  BOOST_TEST(shape("print(\"R\\\"(\");\n\n// # Heading\n") == "cp");
  BOOST_TEST(shape("/* a\n//> b */\n//> c\n") == "co");
}

BOOST_AUTO_TEST_CASE(blank_lines_within_output_and_windows_line_ends) {
  const auto blocks = parse("//> a\r\n//>\r\n//>   b  \r\n");
  BOOST_REQUIRE_EQUAL(blocks.size(), 1u);
  BOOST_TEST(blocks[0].output[1].text.empty());
  BOOST_TEST(blocks[0].output[2].text == "  b");
}

BOOST_AUTO_TEST_CASE(text_is_exact_and_numbers_have_room) {
  BOOST_TEST(holds(" loss 1.000", "loss 1.001"));
  BOOST_TEST(!holds(" loss 1.000", "loss 1.0011"));
  BOOST_TEST(!holds(" loss 1.000", "lost 1.000"));
  BOOST_TEST(!holds(" loss 1.000", "loss 1.000 again"));
  BOOST_TEST(!holds(" loss 1.000", "loss"));
  BOOST_TEST(holds(" a 1 b", "a 1 b   "));
  BOOST_TEST(holds("[5%] loss 2.0", "loss 2.1"));
  BOOST_TEST(!holds("[5%] loss 2.0", "loss 2.11"));
  BOOST_TEST(holds("[0.01] error 0.001", "error 0.011"));
  BOOST_TEST(!holds("[0.01] error 0.001", "error 0.012"));
  BOOST_TEST(
      !holds("[0.01] error 100", "error 100.1"));  // absolute, nothing relative beside
  BOOST_TEST(holds(" tensor([1., -2.])", "tensor([1., -2.])"));
  BOOST_TEST(!holds(" tensor([1., -2.])", "tensor([1., 2.])"));
  BOOST_TEST(holds(" 1.5e-8", "1.5005e-08"));
  BOOST_TEST(!holds(" 1.5e-8", "1.5e-7"));
  BOOST_TEST(holds(" -0.00", "0.00"));
  BOOST_TEST(!holds(" nan", "0"));
  BOOST_TEST(holds(" nan, inf", "nan, inf"));
}

BOOST_AUTO_TEST_CASE(columns_may_shift_with_the_digits_of_a_number) {
  BOOST_TEST(holds("[5%] step 1  loss  9.9 |", "step 1  loss 10.1 |"));
  BOOST_TEST(holds("[5%] 9.9  nats", "10.1 nats"));
  BOOST_TEST(!holds(" a  b 1", "a b 1"));
}

BOOST_AUTO_TEST_CASE(digits_in_a_name_are_no_number) {
  BOOST_TEST(!holds("[50%] f32", "f33"));
  BOOST_TEST(holds("[50%] 3-4", "3-5"));  // a range: two numbers, neither negative
  BOOST_TEST(!holds("[50%] 3-4", "3+4"));
}

BOOST_AUTO_TEST_CASE(a_tolerance_that_cannot_be_read_is_refused) {
  const auto names = [](const std::string& text) {
    return [text](const std::exception& e) { return e.what() == text; };
  };
  const std::string rest = " is no tolerance: write //>[5%] or //>[0.01], then a blank";
  BOOST_CHECK_EXCEPTION(parse("int a;\n//>[x%] 1\n"), std::runtime_error,
                        names("line 2: //>[x%]" + rest));
  BOOST_CHECK_EXCEPTION(parse("//>[1, 2]\n"), std::runtime_error,
                        names("line 1: //>[1, 2]" + rest));
  BOOST_CHECK_EXCEPTION(parse("//>[5% 1\n"), std::runtime_error,
                        names("line 1: //>[5% 1" + rest));
  BOOST_CHECK_EXCEPTION(parse("//>[-1] 1\n"), std::runtime_error,
                        names("line 1: //>[-1]" + rest));
}

BOOST_AUTO_TEST_CASE(lines_must_come_in_order_and_others_may_stand_between) {
  const auto expected = expected_output(parse("//> a 1\n//> b 2\n"));
  BOOST_TEST(!first_missing(expected, {"x", "a 1", "y", "b 2", "z"}));
  BOOST_TEST(!first_missing(expected, {"b 2", "a 1", "b 2"}));
  const auto missing = first_missing(expected, {"b 2", "a 1", "b 7", "something else"});
  BOOST_REQUIRE(missing);
  BOOST_TEST(missing->expected.text == "b 2");
  BOOST_TEST(missing->expected.line == 2);
  BOOST_TEST(missing->closest == "b 7");
  BOOST_TEST(missing->earlier);
  const auto nothing = first_missing(expected, {"a 1"});
  BOOST_REQUIRE(nothing);
  BOOST_TEST(nothing->closest.empty());
  BOOST_TEST(!nothing->earlier);
}

BOOST_AUTO_TEST_CASE(one_printed_line_answers_one_expected_line) {
  const auto twice = expected_output(parse("//> a\n//> a\n"));
  BOOST_TEST(first_missing(twice, {"a"}).has_value());
  BOOST_TEST(!first_missing(twice, {"a", "a"}));
}

BOOST_AUTO_TEST_CASE(likeness_is_edit_distance_over_length) {
  BOOST_TEST(likeness("abcd", "abcd") == 1);
  BOOST_TEST(likeness("abcd", "abxd") == 0.75);
  BOOST_TEST(likeness("abcd", "") == 0);
  BOOST_TEST(likeness("", "") == 1);
}

BOOST_AUTO_TEST_CASE(update_renews_numbers_and_touches_nothing_else) {
  const std::string source =
      "f();\n"
      "    //> step 0  loss 2.00\n"
      "    //>[5%] step 1  loss 1.00\n"
      "    //~ took 3 ms\n"
      "    //> gone for good, this one\n"
      "//> done\n";
  const auto result = update(
      source, {"start", "step 0  loss 1.50", "step 1  loss 1.01", "took 9 ms", "done"});
  BOOST_TEST(result.source ==
             "f();\n"
             "    //> step 0  loss 1.50\n"
             "    //>[5%] step 1  loss 1.00\n"  // holds within its tolerance: left alone
             "    //~ took 3 ms\n"
             "    //> gone for good, this one\n"
             "//> done\n");
  BOOST_TEST(result.changed == 1);
  BOOST_TEST(result.lost == 1);
  const auto again =
      update(result.source, {"step 0  loss 1.50", "step 1  loss 1.01", "done"});
  BOOST_TEST(again.source == result.source);
  BOOST_TEST(again.changed == 0);
}

BOOST_AUTO_TEST_CASE(update_takes_a_reworded_line_when_it_is_plainly_the_same) {
  const auto result = update("//>[1%] test accuracy 0.80\n//> the end\n",
                             {"test accuracy: 0.81", "the end"});
  BOOST_TEST(result.source == "//>[1%] test accuracy: 0.81\n//> the end\n");
}

BOOST_AUTO_TEST_CASE(update_keeps_the_order_of_lines_with_the_same_words) {
  const auto result =
      update("//> loss 3\n//> loss 2\n//> loss 1\n", {"loss 9", "loss 2", "loss 7"});
  BOOST_TEST(result.source == "//> loss 9\n//> loss 2\n//> loss 7\n");
}
