#include "markdown.hpp"

#include <algorithm>
#include <cctype>
#include <regex>

namespace hg::book {
namespace {

bool is_alpha(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == line.npos; }

std::size_t indentation(std::string_view line) {
  const auto first = line.find_first_not_of(' ');
  return first == line.npos ? line.size() : first;
}

// How far the text of a list item is indented ("- " 2, "10. " 4); 0: no list item.
std::size_t item_indentation(std::string_view line) {
  const auto start = indentation(line);
  auto i = start;
  while (i < line.size() && std::isdigit(static_cast<unsigned char>(line[i]))) ++i;
  const bool numbered = i > start && i < line.size() && (line[i] == '.' || line[i] == ')');
  const bool bullet =
      i == start && i < line.size() && (line[i] == '-' || line[i] == '*' || line[i] == '+');
  if ((!numbered && !bullet) || i + 1 >= line.size() || line[i + 1] != ' ') return 0;
  return i + 2;
}

bool is_heading(std::string_view line) {
  const auto level = line.find_first_not_of('#');
  return level != line.npos && level > 0 && line[level] == ' ';
}

// Words set in columns, three blanks or more apart, want to stay there: a formula too. A
// gap behind the end of a sentence only parts two sentences.
bool is_aligned(std::string_view line) {
  static const std::regex gap("[^ .:;!?] {3,}[^ ]");
  return item_indentation(line) == 0 && std::regex_search(line.begin(), line.end(), gap);
}

bool is_table_row(std::string_view line) {
  const auto first = line.find_first_not_of(' ');
  return first != line.npos && line[first] == '|';
}

// Every character of `text` that Doxygen or Markdown would take for a mark, made plain.
void append_escaped(std::string& out, std::string_view text, std::size_t i) {
  const char c = text[i];
  const char before = i > 0 ? text[i - 1] : ' ';
  const char after = i + 1 < text.size() ? text[i + 1] : ' ';
  const bool option = c == '-' && before == ' ' && after == '-' && i + 2 < text.size() &&
                      is_alpha(text[i + 2]);
  if (c == '@' || c == '%' || c == '<' || c == '#' || option) out += '\\';
  if (c == '&' && after == ' ') out += '\\';
  if (c == '\\' && !std::ispunct(static_cast<unsigned char>(after))) out += '\\';
  out += c;
}

}  // namespace

std::string html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string slug(std::string_view heading) {
  std::string out;
  for (const char c : heading) {
    if (is_alnum(c))
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "section" : out;
}

std::string plain(std::string_view markdown) {
  std::string out;
  for (std::size_t i = 0; i < markdown.size(); ++i) {
    const char c = markdown[i];
    if (c == '[') {  // [text](target) -> text
      const auto close = markdown.find("](", i);
      const auto end = close == markdown.npos ? close : markdown.find(')', close);
      if (end != markdown.npos) {
        out += plain(markdown.substr(i + 1, close - i - 1));
        i = end;
        continue;
      }
    }
    if (c == '`' || (c == '*' && markdown.substr(i, 2) == "**")) {
      if (c == '*') ++i;
      continue;
    }
    out += c;
  }
  return out;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += line + '\n';
  return out;
}

std::vector<std::string> dedented(std::vector<std::string> lines) {
  auto common = std::string::npos;
  for (const auto& line : lines)
    if (!is_blank(line)) common = std::min(common, indentation(line));
  for (auto& line : lines) line.erase(0, std::min(common, line.size()));
  while (!lines.empty() && is_blank(lines.back())) lines.pop_back();
  while (!lines.empty() && is_blank(lines.front())) lines.erase(lines.begin());
  return lines;
}

std::string raw(std::string_view html_text) {
  return "\\htmlonly[block]\n" + std::string(html_text) + "\n\\endhtmlonly\n\n";
}

std::string code_block(std::vector<std::string> lines, std::string_view language) {
  lines = dedented(std::move(lines));
  if (lines.empty()) return {};
  if (language == "cpp" || language == "c")
    return "~~~~~~{.cpp}\n" + joined(lines) + "~~~~~~\n\n";
  return raw("<pre class=\"listing\">" + html(joined(lines)) + "</pre>");
}

std::string formula_block(std::vector<std::string> lines) {
  std::string text = html(joined(dedented(std::move(lines))));
  static const std::regex result("\\(\\*+\\)");
  text = std::regex_replace(text, result, "<b class=\"result\">$&</b>");
  return "<pre class=\"formula\">" + text + "</pre>";
}

// ---- One line --------------------------------------------------------------------------

std::string Converter::link(std::string_view text, std::string_view target) {
  const bool outside = target.find("://") != target.npos || target.starts_with("mailto:");
  const auto address = outside || target.starts_with('#') || !dialect_.resolve
                         ? std::string(target)
                         : dialect_.resolve(target);
  const auto shown = inline_text(text);
  if (address.empty()) return shown;
  return "<a href=\"" + address + "\">" + shown + "</a>";
}

std::string Converter::inline_text(std::string_view text, bool in_table) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto rest = text.substr(i);
    if (rest.starts_with('`')) {
      const auto width = std::min(rest.find_first_not_of('`'), rest.size());
      const auto end = rest.find(std::string(width, '`'), width);
      if (end != rest.npos) {
        std::string code(rest.substr(width, end - width));
        std::replace(code.begin(), code.end(), '\n', ' ');
        const auto address = dialect_.resolve && code.find('/') != code.npos
                               ? dialect_.resolve(code)
                               : std::string();
        std::string shown = "``" + code + "``";
        if (in_table && code.find('|') != code.npos) {
          // A bare bar would end the cell, even within code.
          shown = "<code>";
          for (const char c : code) {
            if (c == '<')
              shown += "&lt;";
            else if (c == '>')
              shown += "&gt;";
            else
              shown += std::string(c == '|' || c == '@' || c == '*' ? "\\" : "") + c;
          }
          shown += "</code>";
        }
        out += address.empty() ? shown : "<a href=\"" + address + "\">" + shown + "</a>";
        i += end + width;
        continue;
      }
    }
    if (dialect_.math && rest.starts_with('$')) {
      const auto end = rest.find('$', 1);
      if (end != rest.npos && end > 1) {
        uses_math_ = true;
        out += "\\f$" + std::string(rest.substr(1, end - 1)) + "\\f$";
        i += end + 1;
        continue;
      }
    }
    if (rest.starts_with('[')) {
      const auto close = rest.find("](");
      const auto end = close == rest.npos ? close : rest.find(')', close);
      if (end != rest.npos && rest.substr(1, close - 1).find('[') == rest.npos) {
        out += link(rest.substr(1, close - 1), rest.substr(close + 2, end - close - 2));
        i += end + 1;
        continue;
      }
    }
    if (rest.starts_with('\\') && rest.size() > 1 && rest[1] != '\\' &&
        std::ispunct(static_cast<unsigned char>(rest[1]))) {
      out += rest.substr(0, 2);  // Markdown's own escape
      i += 2;
      continue;
    }
    append_escaped(out, text, i++);
  }
  return out;
}

std::string Converter::heading(std::string_view line) {
  const auto level = line.find_first_not_of('#');
  Heading heading{static_cast<int>(level), std::string(line.substr(level + 1)), {}};
  auto id = dialect_.page + "-" + slug(heading.text);
  const auto taken = [&](const std::string& name) {
    return std::any_of(headings_.begin(), headings_.end(),
                       [&](const Heading& h) { return h.id == name; });
  };
  heading.id = id;
  for (int n = 2; taken(heading.id); ++n) heading.id = id + "-" + std::to_string(n);
  headings_.push_back(heading);
  return "\n" + std::string(line.substr(0, level)) + " " + inline_text(heading.text) +
         " {#" + heading.id + "}\n\n";
}

// ---- Blocks ----------------------------------------------------------------------------

std::string Converter::convert(const std::vector<std::string>& markdown) {
  std::string out;
  std::size_t item = 0;  // the indentation of the list item we are in; 0: none
  const auto is_formula = [&](std::string_view line) {
    return indentation(line) >= item + 4 || is_aligned(line);
  };
  const auto starts_block = [&](std::string_view line) {
    const auto text = line.substr(indentation(line));
    return is_blank(line) || text.starts_with("```") || text.starts_with("~~~") ||
           text.starts_with("$$") || is_heading(line) || is_table_row(line) ||
           item_indentation(line) > 0 || is_formula(line);
  };
  for (std::size_t i = 0; i < markdown.size();) {
    const auto& line = markdown[i];
    const auto take_while = [&](auto&& belongs) {
      std::vector<std::string> taken;
      while (i < markdown.size() && belongs(markdown[i])) taken.push_back(markdown[i++]);
      return taken;
    };
    const auto fence = std::string_view(line).substr(indentation(line));
    if (is_blank(line)) {
      out += "\n";
      ++i;
    } else if (fence.starts_with("```") || fence.starts_with("~~~")) {
      const std::string mark(fence.substr(0, 3)), language(fence.substr(3));
      ++i;
      const auto inside = take_while([&](const std::string& l) {
        return !std::string_view(l).substr(indentation(l)).starts_with(mark);
      });
      if (i < markdown.size()) ++i;
      out += "\n" + code_block(inside, language);
    } else if (dialect_.math && fence.starts_with("$$")) {
      std::string tex(fence.substr(2));
      while (!tex.ends_with("$$") && ++i < markdown.size()) tex += "\n" + markdown[i];
      if (tex.ends_with("$$")) tex.resize(tex.size() - 2);
      ++i;
      uses_math_ = true;
      out += "\\f[" + tex + "\\f]\n";
    } else if (!is_table_row(line) && is_formula(line)) {
      auto formula =
          take_while([&](const std::string& l) { return is_blank(l) || is_formula(l); });
      auto block = formula_block(std::move(formula));
      if (item == 0) {
        out += "\n" + raw(block);
      } else {  // one source line, so that the list's indentation does not show
        block.erase(block.rfind('\n'), 1);
        for (std::size_t at; (at = block.find('\n')) != block.npos;)
          block.replace(at, 1, "&#10;");
        out += "\n" + std::string(item, ' ') + "\\htmlonly[block]" + block +
               "\\endhtmlonly\n\n";
      }
    } else if (is_heading(line)) {
      item = 0;
      out += heading(line);
      ++i;
    } else if (is_table_row(line)) {
      item = 0;
      out += "\n";
      for (const auto& row :
           take_while([](const std::string& l) { return is_table_row(l); }))
        out += inline_text(row, true) + "\n";
    } else {
      const auto inner = item_indentation(line);
      if (inner > 0)
        item = inner;
      else if (indentation(line) == 0)
        item = 0;
      std::string paragraph = line;
      for (++i; i < markdown.size() && !starts_block(markdown[i]); ++i)
        paragraph += "\n" + markdown[i];
      out += inline_text(paragraph) + "\n";
    }
  }
  return out;
}

}  // namespace hg::book
