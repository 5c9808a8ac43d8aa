// reference: the operators as the command lists them (`handgrad op list --json`).
#include <algorithm>
#include <nlohmann/json.hpp>

#include "book.hpp"

namespace hg::book {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? "" : text_of(*found);
}

bool flag(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

// Inputs and outputs come as names or as objects that have one.
std::string name_of(const Json& item) {
  return item.is_object() ? member(item, "name") : text_of(item);
}

const Json& members(const Json& object, const char* name) {
  static const Json none = Json::array();
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : none;
}

// "core.softmax" -> "softmax": the prefix may be left out everywhere.
std::string short_name(const std::string& name) {
  return name.starts_with("core.") ? name.substr(5) : name;
}

// softmax(input; dim) -> y
std::string signature(const Json& op) {
  std::string text = "<b>" + html(short_name(member(op, "name"))) + "</b>(";
  const char* separator = "";
  for (const auto& input : members(op, "inputs")) {
    const auto name = html(name_of(input)) + (flag(input, "variadic") ? ", ..." : "");
    text += separator + (flag(input, "optional") ? "<i>" + name + "</i>" : name);
    separator = ", ";
  }
  separator = "; ";
  for (const auto& attribute : members(op, "attributes")) {
    const auto standard = member(attribute, "default");
    text += separator + html(name_of(attribute)) +
            (standard.empty() ? "" : "<i>=" + html(standard) + "</i>");
    separator = ", ";
  }
  text += ")";
  separator = " &rarr; ";
  for (const auto& output : members(op, "outputs")) {
    text += separator + html(name_of(output));
    separator = ", ";
  }
  return text;
}

std::string attribute_table(const Json& attributes) {
  if (attributes.empty()) return {};
  std::string text =
      "<table><tr><th>attribute</th><th>kind</th><th>default</th><th></th></tr>\n";
  for (const auto& attribute : attributes) {
    const auto standard = member(attribute, "default");
    std::string choices;
    for (const auto& choice : members(attribute, "choices"))
      choices += (choices.empty() ? ": " : ", ") + html(text_of(choice));
    text += "<tr><td><code>" + html(name_of(attribute)) + "</code></td><td>" +
            html(member(attribute, "kind")) + choices + "</td><td>" +
            (standard.empty() ? "" : "<code>" + html(standard) + "</code>") + "</td><td>" +
            html(member(attribute, "doc")) + "</td></tr>\n";
  }
  return text + "</table>\n";
}

// "core on cpu: f32 f64", one line for each origin and device.
std::string kernel_list(const Json& kernels) {
  struct Line {
    std::string where;
    std::vector<std::string> types;
  };
  std::vector<Line> lines;
  for (const auto& kernel : kernels) {
    const auto where = html(member(kernel, "origin")) + " <span>on " +
                       html(member(kernel, "device")) + "</span>";
    auto line = std::find_if(lines.begin(), lines.end(),
                             [&](const Line& known) { return known.where == where; });
    if (line == lines.end()) line = lines.insert(line, {where, {}});
    for (const auto& type : members(kernel, "dtypes"))
      if (std::find(line->types.begin(), line->types.end(), text_of(type)) ==
          line->types.end())
        line->types.push_back(text_of(type));
  }
  if (lines.empty()) return {};
  std::string text = "<ul class=\"kernels\">\n";
  for (const auto& line : lines) {
    text += "<li>" + line.where + (line.types.empty() ? "" : ":");
    for (const auto& type : line.types) text += " " + html(type);
    text += "</li>\n";
  }
  return text + "</ul>\n";
}

// The page that derives the operator: the file of core/ops that holds its name in quotes.
std::string derivation(const Book& book, const std::string& name) {
  for (const auto& [source, address] : book.addresses)
    if (source.starts_with("core/ops/") &&
        read_file(source).find('"' + name + '"') != std::string::npos)
      return address;
  return {};
}

std::string entry(const Book& book, const Json& op, const std::string& id) {
  const auto name = member(op, "name");
  std::string text = "<section class=\"operator\" id=\"" + id + "\">\n<h2><a href=\"#" +
                     id + "\">" + html(short_name(name)) + "</a></h2>\n";
  const auto doc = member(op, "doc"), formula = member(op, "formula");
  text += "<p class=\"signature\"><code>" + signature(op) + "</code></p>\n";
  if (!doc.empty()) text += "<p>" + html(capitalised(doc)) + "</p>\n";
  if (!formula.empty()) text += "<pre class=\"formula\">" + html(formula) + "</pre>\n";
  text += attribute_table(members(op, "attributes"));
  text += kernel_list(members(op, "kernels"));
  auto page = derivation(book, name);
  if (page.empty()) page = derivation(book, short_name(name));
  if (!page.empty())
    text += "<p><a href=\"" + page + "\">The derivation, and the code</a></p>\n";
  return text + "</section>\n";
}

}  // namespace

std::string operator_reference(Book& book, Page& page) {
  if (book.places.operators.empty() || !std::filesystem::exists(book.places.operators))
    return {};
  auto ops = Json::parse(read_file(book.places.operators));
  if (!ops.is_array())
    throw std::runtime_error(book.places.operators.string() +
                             ": a JSON array was expected");
  std::sort(ops.begin(), ops.end(), [](const Json& a, const Json& b) {
    return short_name(member(a, "name")) < short_name(member(b, "name"));
  });
  std::string index = "<p class=\"op-index\">\n", entries;
  for (const auto& op : ops) {
    const auto name = short_name(member(op, "name"));
    const auto id = "operators-" + name;
    index += "<a href=\"#" + id + "\"><code>" + html(name) + "</code></a>\n";
    entries += entry(book, op, id);
    page.sections.push_back({page.address() + "#" + id, name,
                             member(op, "doc") + "\n" + member(op, "formula")});
  }
  page.headings.push_back({2, "Reference", "operators-reference"});
  return "\n## Reference {#operators-reference}\n\n" +
         raw("<p>Optional inputs and defaults are in <i>italics</i>; attributes stand "
             "behind "
             "the semicolon.</p>\n" +
             index + "</p>\n" + entries);
}

}  // namespace hg::book
