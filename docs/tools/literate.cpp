#include "literate.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace hg::literate {
namespace {

// ---- Lines -----------------------------------------------------------------------------

std::string_view trim_left(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  return s;
}

std::string_view trim_right(std::string_view s) {
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r'))
    s.remove_suffix(1);
  return s;
}

enum class LineKind { blank, comment, output, code };

// A raw string literal R"x( ... )x" or a /* comment */ that a line leaves open, kept as the
// text that will end it. A line inside one is code, whatever it looks like.
class OpenText {
 public:
  bool inside() const { return !closing_.empty(); }

  void read(std::string_view line) {
    for (std::size_t i = 0; i < line.size();) {
      if (inside()) {
        const auto end = line.find(closing_, i);
        if (end == std::string_view::npos) return;
        i = end + closing_.size();
        closing_.clear();
      } else if (line.substr(i, 2) == "//") {
        return;
      } else if (line.substr(i, 2) == "/*") {
        closing_ = "*/";
        i += 2;
      } else if (line.substr(i, 2) == "R\"") {
        const auto open = line.find('(', i);
        if (open == std::string_view::npos) return;
        closing_ = ")" + std::string(line.substr(i + 2, open - i - 2)) + "\"";
        i = open + 1;
      } else if (line[i] == '"') {
        for (++i; i < line.size() && line[i] != '"'; ++i)
          if (line[i] == '\\') ++i;
        ++i;
      } else if (line.substr(i, 3) == "'\"'") {
        i += 3;
      } else {
        ++i;
      }
    }
  }

 private:
  std::string closing_;
};

LineKind kind_of(std::string_view line) {
  const auto text = trim_left(trim_right(line));
  if (text.empty()) return LineKind::blank;
  if (text.starts_with("//>") || text.starts_with("//~")) return LineKind::output;
  // A /// comment documents a declaration and stays with it.
  const bool comment = text.starts_with("//") && !text.starts_with("///");
  return comment ? LineKind::comment : LineKind::code;
}

// "// text" -> "text"; further indentation is Markdown's and stays.
std::string comment_text(std::string_view line) {
  line = trim_right(trim_left(line)).substr(2);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return std::string(line);
}

bool is_heading(std::string_view text) {
  const auto level = text.find_first_not_of('#');
  return level != std::string_view::npos && level > 0 && level <= 4 && text[level] == ' ';
}

// ---- Output lines ----------------------------------------------------------------------

[[noreturn]] void bad_tolerance(int line, std::string_view mark) {
  throw std::runtime_error("line " + std::to_string(line) + ": //>" + std::string(mark) +
                           " is no tolerance: write //>[5%] or //>[0.01], then a blank");
}

OutputLine output_line(std::string_view line, int number) {
  OutputLine result;
  result.line = number;
  auto text = trim_right(trim_left(line));
  result.checked = text[2] == '>';
  text.remove_prefix(3);
  if (result.checked && text.starts_with('[')) {
    const auto close = text.find(']');
    const auto mark = text.substr(0, close == text.npos ? close : close + 1);
    if (close == text.npos) bad_tolerance(number, mark);
    auto inner = mark.substr(1, mark.size() - 2);
    const bool percent = inner.ends_with('%');
    if (percent) inner.remove_suffix(1);
    double value = 0;
    const auto [end, error] =
        std::from_chars(inner.data(), inner.data() + inner.size(), value);
    if (error != std::errc() || end != inner.data() + inner.size() || !(value >= 0))
      bad_tolerance(number, mark);
    result.relative = percent ? value / 100 : 0;
    result.absolute = percent ? 0 : value;
    text.remove_prefix(mark.size());
  }
  if (text.starts_with(' ')) text.remove_prefix(1);
  result.text = text;
  return result;
}

// ---- Words and numbers -----------------------------------------------------------------

struct Token {
  std::string_view text;
  bool is_number = false;
  double value = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// The number that starts at s[i], as text; empty when none does. A digit inside a name
// (f32) is no number; a sign belongs to one only where it cannot be a minus (3-4).
std::string_view number_at(std::string_view s, std::size_t i) {
  if (i > 0 && (is_word(s[i - 1]) || s[i - 1] == '.')) return {};
  std::size_t end = i;
  if (s[end] == '-' || s[end] == '+') {
    if (i > 0 && (s[i - 1] == ')' || s[i - 1] == ']')) return {};
    ++end;
  }
  const auto digits = [&] {
    const auto start = end;
    while (end < s.size() && is_digit(s[end])) ++end;
    return end - start;
  };
  auto count = digits();
  if (end < s.size() && s[end] == '.') {
    ++end;
    count += digits();
  }
  if (count == 0) return {};
  if (end < s.size() && (s[end] == 'e' || s[end] == 'E')) {
    const auto before = end++;
    if (end < s.size() && (s[end] == '-' || s[end] == '+')) ++end;
    if (digits() == 0) end = before;
  }
  return s.substr(i, end - i);
}

std::vector<Token> tokens(std::string_view s) {
  std::vector<Token> result;
  std::size_t begin = 0;  // of the text not yet in a token
  for (std::size_t i = 0; i < s.size();) {
    const auto number = number_at(s, i);
    double value = 0;
    const auto digits = number.substr(number.starts_with('+') ? 1 : 0);
    const char *first = digits.data(), *last = first + digits.size();
    if (number.empty() || std::from_chars(first, last, value).ec != std::errc()) {
      ++i;
      continue;
    }
    if (i > begin) result.push_back({s.substr(begin, i - begin)});
    result.push_back({number, true, value});
    begin = i += number.size();
  }
  if (begin < s.size()) result.push_back({s.substr(begin)});
  return result;
}

// The text with every number replaced by #: two lines with one skeleton say the same of
// different numbers. Blanks beside a number are normalised: columns move with the digits.
std::string skeleton(const std::vector<Token>& line) {
  std::string result;
  for (std::size_t k = 0; k < line.size(); ++k) {
    if (line[k].is_number) {
      result += '#';
      continue;
    }
    auto text = line[k].text;
    if (k > 0 && text.front() == ' ') {
      text = trim_left(text);
      result += ' ';
    }
    if (k + 1 < line.size()) text = trim_right(text);
    result += text;
  }
  return result;
}

}  // namespace

// ---- Parsing ---------------------------------------------------------------------------

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

std::vector<Block> parse(std::string_view source) {
  const auto lines = split_lines(source);
  const auto n = lines.size();
  std::vector<LineKind> kinds;
  OpenText open;
  for (const auto& line : lines) {
    kinds.push_back(open.inside() ? LineKind::code : kind_of(line));
    open.read(line);
  }

  std::vector<Block> blocks;
  bool gap = true;  // a blank line or another kind of block came before
  const auto append = [&](Kind kind, std::size_t i) -> Block& {
    if (blocks.empty() || blocks.back().kind != kind || (kind == Kind::prose && gap))
      blocks.push_back({kind, static_cast<int>(i) + 1, {}, {}});
    return blocks.back();
  };
  const auto add_code = [&](std::size_t i) {
    const bool continues = !blocks.empty() && blocks.back().kind == Kind::code;
    auto& block = append(Kind::code, i);
    if (continues && gap) block.lines.emplace_back();
    block.lines.push_back(lines[i]);
    gap = false;
  };

  for (std::size_t i = 0; i < n;) {
    if (kinds[i] == LineKind::blank) {
      gap = true;
      ++i;
    } else if (kinds[i] == LineKind::code) {
      add_code(i++);
    } else if (kinds[i] == LineKind::output) {
      append(Kind::output, i)
          .output.push_back(output_line(lines[i], static_cast<int>(i) + 1));
      gap = false;
      ++i;
    } else {
      std::size_t end = i;
      bool heading = false;
      for (; end < n && kinds[end] == LineKind::comment; ++end)
        heading = heading || is_heading(comment_text(lines[end]));
      const bool code_above = i > 0 && kinds[i - 1] == LineKind::code;
      const bool code_below = end < n && kinds[end] == LineKind::code;
      const bool with_code = code_below && (code_above || end - i <= 2);
      if (with_code && !heading && i > 0) {
        while (i < end) add_code(i++);
      } else {
        gap = true;
        for (; i < end; gap = false)
          append(Kind::prose, i).lines.push_back(comment_text(lines[i])), ++i;
      }
    }
  }
  return blocks;
}

std::vector<OutputLine> expected_output(const std::vector<Block>& lesson) {
  std::vector<OutputLine> result;
  for (const auto& block : lesson)
    for (const auto& line : block.output)
      if (line.checked) result.push_back(line);
  return result;
}

// ---- Comparing -------------------------------------------------------------------------

bool matches(const OutputLine& expected, std::string_view printed) {
  const auto want = tokens(trim_right(expected.text)), got = tokens(trim_right(printed));
  if (want.size() != got.size() || skeleton(want) != skeleton(got)) return false;
  for (std::size_t k = 0; k < want.size(); ++k) {
    const double room = expected.relative * std::abs(want[k].value) + expected.absolute;
    // The factor forgives the rounding of decimal fractions at the very edge.
    const double off = std::abs(want[k].value - got[k].value);
    if (want[k].is_number && off > room * (1 + 1e-9)) return false;
  }
  return true;
}

double likeness(std::string_view a, std::string_view b) {
  if (a.empty() && b.empty()) return 1;
  // row[j]: the edits that turn a's first i characters into b's first j.
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replace, row[j] + 1, row[j - 1] + 1});
    }
  }
  const auto longer = std::max(a.size(), b.size());
  return 1 - static_cast<double>(row.back()) / static_cast<double>(longer);
}

std::optional<Missing> first_missing(const std::vector<OutputLine>& expected,
                                     const std::vector<std::string>& printed) {
  auto next = printed.begin();
  for (const auto& line : expected) {
    const auto same = [&](const std::string& p) { return matches(line, p); };
    const auto found = std::find_if(next, printed.end(), same);
    if (found != printed.end()) {
      next = found + 1;
      continue;
    }
    Missing missing{line, {}, std::any_of(printed.begin(), next, same)};
    double best = -1;
    for (auto p = next; p != printed.end(); ++p) {
      const double like = likeness(line.text, *p);
      if (like > best && !trim_left(*p).empty()) best = like, missing.closest = *p;
    }
    return missing;
  }
  return std::nullopt;
}

// ---- Updating --------------------------------------------------------------------------

namespace {

// How well a printed line continues an expected one: 1 when it still holds, 0.9 with the
// same words and other numbers, less for one that is merely similar, 0 for a stranger.
double kinship(const OutputLine& expected, const std::string& printed) {
  if (matches(expected, printed)) return 1;
  const std::string_view a = trim_right(expected.text), b = trim_right(printed);
  if (skeleton(tokens(a)) == skeleton(tokens(b))) return 0.9;
  const auto [shorter, longer] = std::minmax({a.size(), b.size()});
  if (5 * shorter < 3 * longer) return 0;  // a likeness of 0.6 is out of reach
  const double like = likeness(a, b);
  return like >= 0.6 ? 0.5 * like : 0;
}

}  // namespace

// Expected and printed lines are aligned, in order, so that the sum of kinships is largest.
Update update(std::string_view source, const std::vector<std::string>& printed) {
  const auto expected = expected_output(parse(source));
  const auto n = expected.size(), m = printed.size();
  using Table = std::vector<std::vector<double>>;
  Table pair(n + 1, std::vector<double>(m + 1, 0));
  Table best = pair;  // best[i][j]: of the expected lines from i on, the printed from j
  for (std::size_t i = n; i-- > 0;)
    for (std::size_t j = m; j-- > 0;) {
      pair[i][j] = kinship(expected[i], printed[j]);
      best[i][j] = std::max(best[i + 1][j], best[i][j + 1]);
      if (pair[i][j] > 0)
        best[i][j] = std::max(best[i][j], pair[i][j] + best[i + 1][j + 1]);
    }

  auto lines = split_lines(source);
  Update result;
  for (std::size_t i = 0, j = 0; i < n; ++i) {
    while (j < m && best[i][j] == best[i][j + 1]) ++j;  // line j was not needed
    const bool paired = j < m && best[i][j] > best[i + 1][j];
    if (!paired) {
      ++result.lost;
      continue;
    }
    if (pair[i][j] < 1) {
      auto& line = lines[static_cast<std::size_t>(expected[i].line) - 1];
      auto text = line.find("//>") + 3;
      if (line.substr(text).starts_with('[')) text = line.find(']', text) + 1;
      line = trim_right(line.substr(0, text) + ' ' + printed[j]);
      ++result.changed;
    }
    ++j;
  }
  for (const auto& line : lines) result.source += line + '\n';
  return result;
}

}  // namespace hg::literate
