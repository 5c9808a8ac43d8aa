#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <sstream>

namespace hg::cli {
namespace {

std::string or_empty(const char* text) { return text ? text : ""; }

// How many columns UTF-8 text takes, at one for each code point.
size_t width(const std::string& text) {
  return size_t(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

template <class T>
std::string list_text(const T* numbers, int32_t count) {
  std::string text = "[";
  for (int32_t i = 0; i < count; ++i)
    text += fmt::format("{}{}", i ? ", " : "", numbers[i]);
  return text + "]";
}

// "from 0 to 1", "at least 0", "one of mean, sum": what values an attribute may have.
std::string range_text(const hg_attr& a) {
  if (a.choices) {
    std::string text = a.choices;
    for (size_t at; (at = text.find('|')) != text.npos;) text.replace(at, 1, ", ");
    return "one of " + text;
  }
  bool low = a.lo.kind != HG_NONE, high = a.hi.kind != HG_NONE;
  if (low && high) return "from " + value_text(a.lo) + " to " + value_text(a.hi);
  if (low) return "at least " + value_text(a.lo);
  if (high) return "at most " + value_text(a.hi);
  return "";
}

std::vector<std::vector<std::string>> param_rows(uint32_t n, const hg_param* const* params,
                                                 uint64_t no_gradient) {
  std::vector<std::vector<std::string>> rows;
  for (uint32_t i = 0; i < n; ++i) {
    std::string doc = or_empty(params[i]->doc), more;
    if (params[i]->flags & HG_OPTIONAL) more += "optional";
    if (params[i]->flags & HG_VARIADIC)
      more += more.empty() ? "any number" : ", any number";
    if (no_gradient >> i & 1) more += more.empty() ? "no gradient" : ", no gradient";
    if (!more.empty()) doc += (doc.empty() ? "(" : " (") + more + ")";
    rows.push_back({params[i]->name, doc});
  }
  return rows;
}

}  // namespace

void print_table(const std::vector<std::vector<std::string>>& rows, int indent) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  }
  for (const auto& row : rows) {
    std::string line(size_t(indent), ' ');
    for (size_t c = 0; c < row.size(); ++c) {
      line += row[c] + std::string(widths[c] - width(row[c]) + 2, ' ');
    }
    std::cout << line.substr(0, line.find_last_not_of(' ') + 1) << "\n";
  }
}

std::string printable(const std::string& text) {
  std::string result;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    result +=
        byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return result;
}

std::string value_text(const hg_value& v) {
  switch (v.kind) {
    case HG_BOOL: return v.u.i ? "true" : "false";
    case HG_INT: return std::to_string(v.u.i);
    case HG_FLOAT: return fmt::format("{}", v.u.f);
    case HG_STRING: return "\"" + std::string(v.u.s, size_t(v.count)) + "\"";
    case HG_INTS: return list_text(v.u.iv, v.count);
    case HG_FLOATS: return list_text(v.u.fv, v.count);
    default: return "none";
  }
}

const char* kind_name(uint32_t kind) {
  constexpr const char* names[] = {"none",   "bool", "int",   "float",
                                   "string", "ints", "floats"};
  return kind < std::size(names) ? names[kind] : "?";
}

std::string signature(const Operator& op) {
  const hg_op& def = *op.def;
  std::string text = op.short_name() + "(";
  for (uint32_t i = 0; i < def.n_in; ++i) {
    text += (i ? ", " : "") + std::string(def.in[i]->name);
    if (def.in[i]->flags & HG_VARIADIC) {
      text += "...";
    } else if (def.in[i]->flags & HG_OPTIONAL) {
      text += "?";
    }
  }
  for (uint32_t k = 0; k < def.n_attr; ++k) {
    text += (k ? ", " : "; ") + std::string(def.attrs[k]->name);
    text += "=" + value_text(def.attrs[k]->dflt);
  }
  return text + ")";
}

std::vector<std::vector<std::string>> kernel_rows(const Operator& op) {
  std::vector<std::vector<std::string>> rows;
  for (const Kernel* k : Registry::get().kernels_of(op)) {
    std::vector<std::string> row{k->origin->name, k->desc->device, k->desc->dtypes,
                                 fmt::format("priority {}", k->desc->priority)};
    // A builder makes one kernel for each element type; they are shown as one.
    bool same = !rows.empty() && rows.back()[0] == row[0] && rows.back()[1] == row[1] &&
                rows.back()[3] == row[3];
    if (same) {
      rows.back()[2] += "," + row[2];
    } else {
      rows.push_back(row);
    }
  }
  return rows;
}

void print_operator(const Operator& op) {
  const hg_op& def = *op.def;
  std::cout << signature(op) << "\n  " << or_empty(def.doc) << "\n";
  if (def.formula) {
    std::istringstream lines(def.formula);
    std::cout << "\n";
    for (std::string line; std::getline(lines, line);)
      std::cout << "      " << line << "\n";
    std::cout << "\n";
  }
  uint64_t none = def.flags & HG_NO_GRAD ? 0 : def.nondiff_in;
  if (def.n_in) std::cout << "  inputs\n";
  print_table(param_rows(def.n_in, def.in, none), 4);
  if (def.n_out) std::cout << "  outputs\n";
  print_table(param_rows(def.n_out, def.out, 0), 4);
  if (def.n_attr) std::cout << "  attributes\n";
  std::vector<std::vector<std::string>> rows;
  for (uint32_t k = 0; k < def.n_attr; ++k) {
    const hg_attr& a = *def.attrs[k];
    std::string doc = or_empty(a.doc), range = range_text(a);
    if (!range.empty()) doc += (doc.empty() ? "" : "; ") + range;
    rows.push_back({a.name, kind_name(a.kind), "= " + value_text(a.dflt), doc});
  }
  print_table(rows, 4);
  if (def.writes) std::cout << "  It updates inputs in place.\n";
  if (def.flags & HG_NO_GRAD) std::cout << "  It has no gradient.\n";
  if (def.flags & HG_VIEW) std::cout << "  The output shares the input's memory.\n";
  if (def.flags & HG_RANDOM) std::cout << "  It draws random numbers.\n";
  auto kernels = kernel_rows(op);
  if (!kernels.empty()) std::cout << "  kernels\n";
  print_table(kernels, 4);
}

}  // namespace hg::cli
