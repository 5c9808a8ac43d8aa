#include <cmath>
#include <limits>

#include "cli/check_odd.hpp"
#include "host/dispatch.hpp"

namespace hg::cli::check {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

double number_of(const hg_value& v) { return v.kind == HG_FLOAT ? v.u.f : double(v.u.i); }

bool in_bounds(const hg_attr& a, double x) {
  return (a.lo.kind == HG_NONE || x >= number_of(a.lo)) &&
         (a.hi.kind == HG_NONE || x <= number_of(a.hi));
}

// Values of an attribute's kind, most of them strange. They live until the process ends.
std::vector<hg_value> strange_values(const hg_attr& a) {
  std::vector<hg_value> values;
  auto add = [&](auto x) { values.push_back(Value(x)); };
  auto add_list = [&]<class T>(std::initializer_list<T> list) {
    auto* kept = new std::vector<T>(list);
    values.push_back(Value(std::span<const T>(*kept)));
  };
  switch (a.kind) {
    case HG_BOOL:
      add(false);
      add(true);
      break;
    case HG_INT:
      for (int64_t i : {0, 1, 2, 3, 7, -1, -2, -3, -8, -9}) add(i);
      for (int64_t i : {int64_t(1) << 31, int64_t(1) << 40, INT64_MAX, INT64_MIN}) add(i);
      for (const hg_value& end : {a.lo, a.hi}) {
        for (int64_t by = -1; end.kind != HG_NONE && by <= 1; ++by) {
          add(int64_t(number_of(end)) + by);
        }
      }
      break;
    case HG_FLOAT:
      for (double x : {0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-30, 1e30, inf, -inf}) add(x);
      add(std::nan(""));
      for (const hg_value& end : {a.lo, a.hi}) {
        for (double by : {-0.5, 0.0, 0.5}) {
          if (end.kind != HG_NONE) add(number_of(end) + by);
        }
      }
      break;
    case HG_STRING:
      for (const char* s : {"", "x", "f32", "f64", "i64", "bool", "f16", "no such thing"})
        add(s);
      for (std::string_view rest = a.choices ? a.choices : ""; !rest.empty();) {
        std::string_view one = rest.substr(0, rest.find('|'));
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
        add((new std::string(one))->c_str());
      }
      break;
    case HG_INTS:
      add_list(std::initializer_list<int64_t>{});
      for (int64_t i : {0, 1, 2, -1, -2, 9}) add_list({i});
      add_list(std::initializer_list<int64_t>{0, 0});
      add_list(std::initializer_list<int64_t>{1, -1});
      add_list(std::initializer_list<int64_t>{2, 3, 4});
      add_list(std::initializer_list<int64_t>{1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
      add_list(std::initializer_list<int64_t>{INT64_MAX, INT64_MAX});
      add_list(std::initializer_list<int64_t>{INT64_MIN});
      break;
    case HG_FLOATS:
      add_list(std::initializer_list<double>{});
      add_list(std::initializer_list<double>{0.0});
      add_list(std::initializer_list<double>{-1.0, 0.5, 2.0});
      add_list(std::initializer_list<double>{inf, std::nan("")});
      break;
  }
  if (a.dflt.kind == HG_NONE) values.push_back(Value());
  return values;
}

std::string value_text(const hg_value& v) {
  std::string text;
  switch (v.kind) {
    case HG_NONE: return "none";
    case HG_BOOL: return v.u.i ? "true" : "false";
    case HG_INT: return std::to_string(v.u.i);
    case HG_FLOAT: return number_text(v.u.f);
    case HG_STRING: return "\"" + std::string(v.u.s, size_t(v.count)) + "\"";
    case HG_INTS:
      for (int i = 0; i < v.count; ++i) text += (i ? "," : "") + std::to_string(v.u.iv[i]);
      return "[" + text + "]";
    default:
      for (int i = 0; i < v.count; ++i) text += (i ? "," : "") + number_text(v.u.fv[i]);
      return "[" + text + "]";
  }
}

// Does the value keep to what the declaration says? If not, the core refuses it.
bool allowed(const hg_attr& a, const hg_value& v) {
  if (v.kind == HG_INT || v.kind == HG_FLOAT) return in_bounds(a, number_of(v));
  for (int i = 0; v.kind == HG_INTS && i < v.count; ++i) {
    if (!in_bounds(a, double(v.u.iv[i]))) return false;
  }
  for (int i = 0; v.kind == HG_FLOATS && i < v.count; ++i) {
    if (!in_bounds(a, v.u.fv[i])) return false;
  }
  if (v.kind != HG_STRING || !a.choices) return true;
  std::string value(v.u.s, size_t(v.count)), bars = "|" + std::string(a.choices) + "|";
  return bars.find("|" + value + "|") != std::string::npos;
}

// Calls f(arguments of each sample).
template <class F>
void for_each_drawn(const Subject& s, const F& f) {
  for (const Sample& sample : s.samples) {
    if (auto a = s.draw(sample, s.seed)) f(*a, sample);
  }
}

void for_attributes(const Subject& s, bool forbidden, const UseArguments& use) {
  for_each_drawn(s, [&](const Arguments& a, const Sample&) {
    for (uint32_t k = 0; k < s.def().n_attr; ++k) {
      const hg_attr& declared = *s.def().attrs[k];
      for (const hg_value& v : strange_values(declared)) {
        if (allowed(declared, v) == forbidden) continue;
        Arguments other = a;
        other.attr[k] = v;
        other.text += std::string(", ") + declared.name + " = " + value_text(v);
        use(other);
      }
    }
  });
}

// Puts each of the numbers into the middle of input i, in turn.
void for_numbers(const Arguments& a, size_t i, const std::vector<double>& list,
                 const UseArguments& use) {
  for (double x : list) {
    Arguments other = a;
    other.in[i].set(other.in[i].size() / 2, x);
    other.text += ", in[" + std::to_string(i) + "] with " + number_text(x) + " in it";
    use(other);
  }
}

}  // namespace

void for_odd_types(const Subject& s, const UseArguments& use) {
  for_each_drawn(s, [&](const Arguments& a, const Sample&) {
    for (size_t i = 0; i < a.in.size(); ++i) {
      for (int t = 0; a.in[i].given && t < dtype_count; ++t) {
        Arguments other = a;
        other.in[i] = a.in[i].as(DType(t));
        promote_inputs(s.def(), other.in);
        other.text += ", in[" + std::to_string(i) + "] as " + name(DType(t));
        use(other);
      }
    }
  });
}

void for_odd_attributes(const Subject& s, const UseArguments& use) {
  for_attributes(s, false, use);
}

void for_forbidden_attributes(const Subject& s, const UseArguments& use) {
  for_attributes(s, true, use);
}

void for_odd_indices(const Subject& s, const UseArguments& use) {
  for_each_drawn(s, [&](const Arguments& a, const Sample& sample) {
    for (size_t i = 0; i < a.in.size(); ++i) {
      if (sample.inputs[i].kind != SampleInput::index || a.in[i].size() == 0) continue;
      double n = double(sample.inputs[i].limit);
      for_numbers(a, i, {n, -1, -n, -n - 1, 1e6, -1e6, 9e18, -9e18}, use);
    }
  });
}

void for_odd_numbers(const Subject& s, const UseArguments& use) {
  for_each_drawn(s, [&](const Arguments& a, const Sample& sample) {
    for (size_t i = 0; i < a.in.size(); ++i) {
      if (sample.inputs[i].kind == SampleInput::index || a.in[i].size() == 0) continue;
      if (a.in[i].floating()) {
        for_numbers(a, i, {std::nan(""), inf, -inf, 0, 1e30, 1e-310}, use);
      } else {
        for_numbers(a, i, {127, -128, 2147483647, -2147483648.0, 9e18, -9e18, 0}, use);
      }
    }
  });
}

}  // namespace hg::cli::check
