// literate: reads a lesson, which is a program, a chapter and a test at once.
//
// A lesson is a C++ file. Its comments are Markdown, its code is code, and the output it
// printed stands behind the code that printed it:
//
//     //> text        checked: the program prints this line, in this order
//     //>[5%] text    checked, and its numbers may be 5 % off
//     //>[0.01] text  checked, and its numbers may be 0.01 off
//     //~ text        shown in the book, never checked (timings, sampled text)
//
// Text is compared exactly, numbers to 0.1 % unless the line says otherwise. Two tools use
// this file: `weave` turns lessons into pages, `lesson-check` runs them.
//
// A comment of whole lines is prose when a blank line (or the file's start, or printed
// output) stands above it or below it. Two cases go with the code instead: a comment with
// code directly above and directly below, and one of one or two lines directly on top of
// code. The comment that opens a file and one with a heading are always prose. So a short
// note stays with its statement, and a paragraph is text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hg::literate {

enum class Kind { prose, code, output };

struct OutputLine {
  int line = 0;            // in the source, from 1
  std::string text;        // without the mark
  bool checked = true;     // false: a //~ line
  double relative = 1e-3;  // a number may be off by relative * |expected| + absolute
  double absolute = 0;
};

struct Block {
  Kind kind = Kind::code;
  int line = 0;                    // of its first line in the source, from 1
  std::vector<std::string> lines;  // prose without the //, code as it stands
  std::vector<OutputLine> output;  // of an output block, in place of lines
};

// The lesson's blocks in order. Blank lines between blocks are dropped.
// Throws std::runtime_error, naming the line, for a tolerance it cannot read.
std::vector<Block> parse(std::string_view source);

// Every //> line of the lesson, in order.
std::vector<OutputLine> expected_output(const std::vector<Block>& lesson);

// Does the program's line say what the lesson's line says, within its tolerance?
// A run of blanks before or behind a number counts as one: columns shift with the digits.
bool matches(const OutputLine& expected, std::string_view printed);

// How alike two lines are: 1 the same, 0 nothing in common (edit distance over length).
double likeness(std::string_view a, std::string_view b);

// The first //> line that the output does not hold in its place.
struct Missing {
  OutputLine expected;
  std::string closest;   // the most similar line printed from there on; empty: none
  bool earlier = false;  // the line was printed, but before its turn
};
std::optional<Missing> first_missing(const std::vector<OutputLine>& expected,
                                     const std::vector<std::string>& printed);

// The source with its //> lines made to agree with the output. A line that still holds is
// left alone; one whose words are found with other numbers takes the printed text; one that
// cannot be told is left as it stands and counted in `lost`. Nothing is added or removed.
struct Update {
  std::string source;
  int changed = 0;
  int lost = 0;
};
Update update(std::string_view source, const std::vector<std::string>& printed);

std::vector<std::string> split_lines(std::string_view text);  // without \n and \r

}  // namespace hg::literate
