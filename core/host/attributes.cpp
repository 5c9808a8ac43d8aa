#include "host/attributes.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "tensor/error.hpp"

namespace hg {
namespace {

using Json = nlohmann::json;

const char* kind_text(uint32_t kind) {
  switch (kind) {
    case HG_BOOL: return "true or false";
    case HG_INT: return "a whole number";
    case HG_FLOAT: return "a number";
    case HG_STRING: return "a text";
    case HG_INTS: return "a list of whole numbers";
    default: return "a list of numbers";
  }
}

std::optional<double> as_float(const Json& j) {
  if (j.is_number()) return j.get<double>();
  if (j == "inf") return std::numeric_limits<double>::infinity();
  if (j == "-inf") return -std::numeric_limits<double>::infinity();
  if (j == "nan") return std::numeric_limits<double>::quiet_NaN();
  return {};
}

// A whole number that int64_t holds. 2.0 is one too.
std::optional<int64_t> as_integer(const Json& j) {
  if (j.is_number_unsigned() && j.get<uint64_t>() > uint64_t(INT64_MAX)) return {};
  if (j.is_number_integer()) return j.get<int64_t>();
  if (!j.is_number_float()) return {};
  double f = j.get<double>();
  constexpr double limit = 9223372036854775808.0;  // 2^63
  bool whole = f >= -limit && f < limit && f == double(int64_t(f));
  return whole ? std::optional(int64_t(f)) : std::nullopt;
}

// All elements of a list; nothing if one does not fit. A single value is a list of one, and
// a list of one repeats until it is as long as the default: a stride of 2 along all axes.
template <class T, class Convert>
std::optional<std::vector<T>> as_list(const Json& j, const hg_value& dflt,
                                      const Convert& convert) {
  std::vector<T> list;
  for (const Json& element : j.is_array() ? j : Json::array({j})) {
    auto value = convert(element);
    if (!value) return {};
    list.push_back(*value);
  }
  if (list.size() == 1 && dflt.count > 1) list.assign(size_t(dflt.count), list[0]);
  return list;
}

// "dim, keepdim" for messages.
std::string names_of(const hg_op& def) {
  std::string names;
  for (uint32_t k = 0; k < def.n_attr; ++k) {
    names += (k ? ", " : "") + std::string(def.attrs[k]->name);
  }
  return names.empty() ? "none" : names;
}

}  // namespace

Attributes::Attributes(const Operator& op, std::string_view text) {
  const hg_op& def = *op.def;
  for (uint32_t k = 0; k < def.n_attr; ++k) values_.push_back(def.attrs[k]->dflt);

  Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) {
    throw Error(op.short_name(), "the attributes are no JSON object: " + std::string(text),
                R"(write them like {"dim": -1, "keepdim": true})");
  }
  for (const auto& [name, j] : object.items()) {
    uint32_t k = 0;
    while (k < def.n_attr && name != def.attrs[k]->name) ++k;
    if (k == def.n_attr) {
      throw Error(op.short_name(), "there is no attribute '" + name + "'",
                  "its attributes are: " + names_of(def));
    }
    if (j.is_null()) continue;

    hg_value& v = values_[k];
    bool fits = false;
    v.kind = int32_t(def.attrs[k]->kind);
    v.count = 0;
    if (v.kind == HG_BOOL && j.is_boolean()) {
      v.u.i = j.get<bool>();
      fits = true;
    } else if (v.kind == HG_INT) {
      auto i = as_integer(j);
      fits = i.has_value();
      v.u.i = i.value_or(0);
    } else if (v.kind == HG_FLOAT) {
      auto f = as_float(j);
      fits = f.has_value();
      v.u.f = f.value_or(0);
    } else if (v.kind == HG_STRING && j.is_string()) {
      const std::string& s = strings_.emplace_back(j.get<std::string>());
      v.u.s = s.c_str();
      v.count = int32_t(s.size());
      fits = true;
    } else if (v.kind == HG_INTS) {
      auto list = as_list<int64_t>(j, def.attrs[k]->dflt, as_integer);
      fits = list.has_value();
      const auto& kept = integers_.emplace_back(list.value_or(std::vector<int64_t>()));
      v.u.iv = kept.data();
      v.count = int32_t(kept.size());
    } else if (v.kind == HG_FLOATS) {
      auto list = as_list<double>(j, def.attrs[k]->dflt, as_float);
      fits = list.has_value();
      const auto& kept = floats_.emplace_back(list.value_or(std::vector<double>()));
      v.u.fv = kept.data();
      v.count = int32_t(kept.size());
    }
    if (!fits) {
      throw Error(op.short_name(), name + " is " + j.dump() + "; it must be " +
                                       kind_text(def.attrs[k]->kind));
    }
  }
}

}  // namespace hg
