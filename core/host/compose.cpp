#include "host/compose.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <mutex>

#include "host/attributes.hpp"
#include "host/dispatch.hpp"

namespace hg {
namespace {

// One line. Inputs and results are places in a list of tensors that starts with the
// operator's inputs.
struct Step {
  std::string op;
  std::vector<size_t> inputs, results;
  std::string literals = "{}";  // attributes given as JSON
  std::vector<std::pair<std::string, size_t>>
      borrowed;  // name, number of our own attribute
};

struct Body {
  std::vector<Step> steps;
  std::vector<size_t> outputs;
  size_t places = 0;
};

[[noreturn]] void fail(const std::string& line, const std::string& problem) {
  throw Error("body", "in '" + line + "': " + problem);
}

std::string trim(const std::string& s) {
  size_t first = s.find_first_not_of(" \t\r"), last = s.find_last_not_of(" \t\r");
  return first == std::string::npos ? "" : s.substr(first, last - first + 1);
}

// Cut at commas, but not within brackets or quotes.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::string part;
  int depth = 0;
  bool quoted = false;
  for (char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '[' || c == '{')) ++depth;
    if (!quoted && (c == ']' || c == '}')) --depth;
    if (c == ',' && depth == 0 && !quoted) {
      parts.push_back(trim(part));
      part.clear();
    } else {
      part += c;
    }
  }
  if (!trim(part).empty() || !parts.empty()) parts.push_back(trim(part));
  return parts;
}

class Parser {
 public:
  explicit Parser(const hg_op& op) : op_(op) {
    for (uint32_t i = 0; i < op.n_in; ++i) place_of_[op.in[i]->name] = body_.places++;
  }

  Body parse() {
    std::string text = op_.body ? op_.body : "", line;
    for (char c : text + "\n") {
      if (c != '\n') {
        line += c;
      } else {
        if (!trim(line).empty()) parse_line(trim(line));
        line.clear();
      }
    }
    for (uint32_t i = 0; i < op_.n_out; ++i) {
      auto found = place_of_.find(op_.out[i]->name);
      if (found == place_of_.end()) {
        throw Error("body",
                    std::string("output '") + op_.out[i]->name + "' is never computed");
      }
      body_.outputs.push_back(found->second);
    }
    return body_;
  }

 private:
  void parse_line(const std::string& line) {
    size_t equals = line.find('='), open = line.find('('), close = line.rfind(')');
    bool formed = equals != std::string::npos && open != std::string::npos &&
                  equals < open && close == line.size() - 1;
    if (!formed) fail(line, "expected 'result = op(inputs; attributes)'");
    Step step;
    step.op = trim(line.substr(equals + 1, open - equals - 1));
    std::string inside = line.substr(open + 1, close - open - 1);
    size_t semicolon = inside.find(';');
    for (const std::string& name : split(inside.substr(0, semicolon))) {
      auto found = place_of_.find(name);
      if (found == place_of_.end()) fail(line, "there is no '" + name + "'");
      step.inputs.push_back(found->second);
    }
    if (semicolon != std::string::npos)
      parse_attributes(line, inside.substr(semicolon + 1), step);
    for (const std::string& name : split(line.substr(0, equals))) {
      if (name.empty()) fail(line, "a result has no name");
      place_of_[name] = body_.places;
      step.results.push_back(body_.places++);
    }
    body_.steps.push_back(std::move(step));
  }

  void parse_attributes(const std::string& line, const std::string& text, Step& step) {
    std::string json;
    for (const std::string& part : split(text)) {
      size_t equals = part.find('=');
      if (equals == std::string::npos) fail(line, "'" + part + "' is no attribute=value");
      std::string name = trim(part.substr(0, equals)),
                  value = trim(part.substr(equals + 1));
      if (value.starts_with("$")) {
        step.borrowed.emplace_back(name, own_attribute(line, value.substr(1)));
      } else {
        json += (json.empty() ? "\"" : ",\"") + name + "\":" + value;
      }
    }
    step.literals = "{" + json + "}";
  }

  size_t own_attribute(const std::string& line, const std::string& name) {
    for (uint32_t k = 0; k < op_.n_attr; ++k) {
      if (name == op_.attrs[k]->name) return k;
    }
    fail(line, "the operator has no attribute '" + name + "'");
  }

  const hg_op& op_;
  std::map<std::string, size_t> place_of_;
  Body body_;
};

// Bodies are parsed once; definitions live until exit, so their addresses are good keys.
const Body& body_of(const hg_op& op) {
  static std::mutex mutex;
  static auto* bodies = new std::map<const hg_op*, Body>;
  std::lock_guard lock(mutex);
  auto found = bodies->find(&op);
  if (found == bodies->end()) found = bodies->emplace(&op, Parser(op).parse()).first;
  return found->second;
}

}  // namespace

std::string body_problem(const hg_op& op) {
  try {
    Parser(op).parse();
    return {};
  } catch (const Error& e) {
    return e.what();
  }
}

std::vector<Tensor> run_body(const hg_op& op, std::span<const Tensor> inputs,
                             std::span<const hg_value> attributes) {
  const Body& body = body_of(op);
  std::vector<Tensor> tensors(body.places);
  std::copy(inputs.begin(), inputs.end(), tensors.begin());
  for (const Step& step : body.steps) {
    const Operator& inner = Registry::get().at(step.op);
    Attributes literals(inner, step.literals);
    std::vector<hg_value> values(literals.values().begin(), literals.values().end());
    for (const auto& [name, own] : step.borrowed) {
      uint32_t k = 0;
      while (k < inner.def->n_attr && name != inner.def->attrs[k]->name) ++k;
      if (k == inner.def->n_attr) {
        throw Error(op.name, "its body gives " + step.op + " an attribute '" + name +
                                 "', which it does not have");
      }
      values[k] = attributes[own];
    }
    std::vector<const Tensor*> arguments;
    for (size_t place : step.inputs) arguments.push_back(&tensors[place]);
    std::vector<Tensor> results = run_all(inner, arguments, values);
    if (results.size() < step.results.size()) {
      throw Error(op.name, "its body names " + std::to_string(step.results.size()) +
                               " results of " + step.op + ", which has " +
                               std::to_string(results.size()));
    }
    for (size_t i = 0; i < step.results.size(); ++i) tensors[step.results[i]] = results[i];
  }
  std::vector<Tensor> outputs;
  for (size_t place : body.outputs) outputs.push_back(tensors[place]);
  return outputs;
}

}  // namespace hg
