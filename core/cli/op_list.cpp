// handgrad op list, handgrad op show: what operators there are.
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/text.hpp"

namespace hg::cli {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no infinities and no NaN; they are written as texts.
Json number(double f) {
  if (std::isfinite(f)) return f;
  return std::isnan(f) ? "nan" : f > 0 ? "inf" : "-inf";
}

Json value(const hg_value& v) {
  Json list = Json::array();
  switch (v.kind) {
    case HG_BOOL: return v.u.i != 0;
    case HG_INT: return v.u.i;
    case HG_FLOAT: return number(v.u.f);
    case HG_STRING: return std::string(v.u.s, size_t(v.count));
    case HG_INTS:
      for (int32_t i = 0; i < v.count; ++i) list.push_back(v.u.iv[i]);
      return list;
    case HG_FLOATS:
      for (int32_t i = 0; i < v.count; ++i) list.push_back(number(v.u.fv[i]));
      return list;
    default: return nullptr;
  }
}

Json text(const char* s) { return s ? s : ""; }

// The parts of a text between the separators.
Json parts(const char* s, char separator) {
  if (!s) return nullptr;
  Json list = Json::array();
  std::istringstream in(s);
  for (std::string one; std::getline(in, one, separator);) list.push_back(one);
  return list;
}

Json params(uint32_t n, const hg_param* const* list) {
  Json all = Json::array();
  for (uint32_t i = 0; i < n; ++i) {
    all.push_back({{"name", list[i]->name},
                   {"doc", text(list[i]->doc)},
                   {"optional", (list[i]->flags & HG_OPTIONAL) != 0},
                   {"variadic", (list[i]->flags & HG_VARIADIC) != 0}});
  }
  return all;
}

Json attributes(const hg_op& def) {
  Json all = Json::array();
  for (uint32_t k = 0; k < def.n_attr; ++k) {
    const hg_attr& a = *def.attrs[k];
    all.push_back({{"name", a.name},
                   {"doc", text(a.doc)},
                   {"kind", kind_name(a.kind)},
                   {"default", value(a.dflt)},
                   {"choices", parts(a.choices, '|')},
                   {"lo", value(a.lo)},
                   {"hi", value(a.hi)}});
  }
  return all;
}

Json kernels(const Operator& op) {
  Json all = Json::array();
  for (const auto& row : kernel_rows(op)) {
    all.push_back({{"origin", row[0]},
                   {"device", row[1]},
                   {"dtypes", parts(row[2].c_str(), ',')},
                   {"priority", std::stoi(row[3].substr(row[3].find(' ') + 1))}});
  }
  return all;
}

Json flags(uint32_t bits) {
  Json all = Json::array();
  if (bits & HG_NO_GRAD) all.push_back("no_grad");
  if (bits & HG_VIEW) all.push_back("view");
  if (bits & HG_COMPOSED) all.push_back("composed");
  if (bits & HG_RANDOM) all.push_back("random");
  return all;
}

}  // namespace

void list_operators(bool json) {
  if (!json) {
    std::vector<std::vector<std::string>> rows;
    for (const Operator* op : Registry::get().operators()) {
      rows.push_back({op->short_name(), op->def->doc ? op->def->doc : ""});
    }
    print_table(rows);
    return;
  }
  Json all = Json::array();
  for (const Operator* op : Registry::get().operators()) {
    const hg_op& def = *op->def;
    all.push_back({{"name", op->name},
                   {"doc", text(def.doc)},
                   {"formula", text(def.formula)},
                   {"inputs", params(def.n_in, def.in)},
                   {"outputs", params(def.n_out, def.out)},
                   {"attributes", attributes(def)},
                   {"kernels", kernels(*op)},
                   {"flags", flags(def.flags)}});
  }
  std::cout << all.dump(1) << "\n";
}

void show_operator(const std::string& name) { print_operator(Registry::get().at(name)); }

}  // namespace hg::cli
