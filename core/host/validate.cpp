#include "host/validate.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <string_view>

#include "host/abi_layout.hpp"
#include "host/compose.hpp"
#include "tensor/dtype.hpp"

namespace hg {
namespace {

using Problems = std::vector<std::string>;

constexpr uint32_t known_param_flags = HG_OPTIONAL | HG_VARIADIC;
constexpr uint32_t known_op_flags = HG_NO_GRAD | HG_VIEW | HG_COMPOSED | HG_RANDOM;
constexpr uint32_t known_kernel_flags = HG_STRIDED_OK | HG_SERIAL | HG_NONDETERMINISTIC |
                                        HG_ACCUMULATES | HG_NULL_DOUT_OK |
                                        HG_KEEP_CROSSWISE;

std::string hex(uint64_t bits) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(bits));
  return text;
}

// A lower-case word: [a-z][a-z0-9_]*
bool is_word(std::string_view s) {
  return !s.empty() && std::islower(static_cast<unsigned char>(s[0])) &&
         std::all_of(s.begin(), s.end(), [](char c) {
           return std::islower(static_cast<unsigned char>(c)) ||
                  std::isdigit(static_cast<unsigned char>(c)) || c == '_';
         });
}

void check_mask(Problems& list, const char* what, uint64_t mask, uint32_t count) {
  uint64_t allowed = count >= 64 ? ~uint64_t(0) : (uint64_t(1) << count) - 1;
  if (mask & ~allowed) {
    list.push_back(std::string(what) + " is " + hex(mask) + ", but there are only " +
                   std::to_string(count) + ": bits from " + std::to_string(count) +
                   " on must be 0");
  }
}

// "vendor.name", where the vendor is the plugin.
void check_name(Problems& list, const char* full, const std::string& plugin) {
  if (!full || !*full) {
    list.push_back("it has no name");
    return;
  }
  std::string_view name = full;
  size_t dot = name.find('.');
  if (dot == std::string_view::npos) {
    list.push_back("the name has no vendor prefix; expected '" + plugin + "." +
                   std::string(name) + "'");
    return;
  }
  std::string vendor(name.substr(0, dot));
  if (vendor == "core" && plugin != "core") {
    list.push_back("the prefix 'core.' is reserved; expected '" + plugin +
                   std::string(name.substr(dot)) + "'");
  } else if (vendor != plugin) {
    list.push_back("the vendor prefix is '" + vendor + "', the plugin's name is '" +
                   plugin +
                   "'; they must agree, so that the operator's name tells where to look");
  }
  if (!is_word(name.substr(dot + 1))) {
    list.push_back("'" + std::string(name.substr(dot + 1)) +
                   "' is no name: lower-case letters, digits and _ , a letter first");
  }
}

double as_number(const hg_value& v) { return v.kind == HG_FLOAT ? v.u.f : double(v.u.i); }

bool kind_fits(uint32_t kind, const hg_value& v) {
  return v.kind == HG_NONE || uint32_t(v.kind) == kind ||
         (kind == HG_FLOAT && v.kind == HG_INT);
}

bool is_choice(std::string_view choices, std::string_view value) {
  while (true) {
    size_t bar = choices.find('|');
    if (choices.substr(0, bar) == value) return true;
    if (bar == std::string_view::npos) return false;
    choices.remove_prefix(bar + 1);
  }
}

void check_attrs(Problems& list, const char* what, uint32_t n,
                 const hg_attr* const* attrs) {
  if (n > 64) {
    list.push_back(std::string("n_") + what + " is " + std::to_string(n) +
                   "; 64 is the most");
    return;
  }
  if (n && !attrs) {
    list.push_back(std::string("n_") + what + " is " + std::to_string(n) +
                   ", but the table is NULL");
    return;
  }
  std::set<std::string> seen;
  for (uint32_t i = 0; i < n; ++i) {
    std::string at = std::string(what) + " " + std::to_string(i);
    if (!attrs[i]) {
      list.push_back(at + " is NULL");
      continue;
    }
    const hg_attr& a = *attrs[i];
    std::string bad = size_problem("hg_attr", a.size, abi::attr_v1_0);
    if (!bad.empty()) {
      list.push_back(at + ": " + bad);
      continue;
    }
    if (!a.name || !*a.name) {
      list.push_back(at + " has no name");
      continue;
    }
    at = std::string(what) + " '" + a.name + "'";
    if (!seen.insert(a.name).second) list.push_back(at + " is declared twice");
    if (a.kind < HG_BOOL || a.kind > HG_FLOATS) {
      list.push_back(at + " has the unknown kind " + std::to_string(a.kind));
      continue;
    }
    if (!kind_fits(a.kind, a.dflt)) {
      list.push_back(at + ": the default's kind is " + std::to_string(a.dflt.kind) +
                     ", the attribute's " + std::to_string(a.kind));
      continue;
    }
    bool numeric = a.kind == HG_INT || a.kind == HG_FLOAT;
    if (numeric && a.dflt.kind != HG_NONE) {
      double v = as_number(a.dflt);
      if ((a.lo.kind != HG_NONE && v < as_number(a.lo)) ||
          (a.hi.kind != HG_NONE && v > as_number(a.hi))) {
        list.push_back(at + ": the default lies outside its bounds");
      }
    }
    if (a.kind == HG_STRING && a.choices && a.dflt.kind == HG_STRING &&
        !is_choice(a.choices, {a.dflt.u.s, size_t(a.dflt.count)})) {
      list.push_back(at + ": the default '" + std::string(a.dflt.u.s) + "' is not among " +
                     a.choices);
    }
  }
}

void check_params(Problems& list, const char* what, uint32_t n,
                  const hg_param* const* params) {
  if (n > 64) {
    list.push_back(std::string("n_") + what + " is " + std::to_string(n) +
                   "; 64 is the most");
    return;
  }
  if (n && !params) {
    list.push_back(std::string("n_") + what + " is " + std::to_string(n) +
                   ", but the table is NULL");
    return;
  }
  for (uint32_t i = 0; i < n; ++i) {
    std::string at = std::string(what) + " " + std::to_string(i);
    if (!params[i]) {
      list.push_back(at + " is NULL");
      continue;
    }
    const hg_param& p = *params[i];
    std::string bad = size_problem("hg_param", p.size, abi::param_v1_0);
    if (!bad.empty()) {
      list.push_back(at + ": " + bad);
      continue;
    }
    if (!p.name || !*p.name) list.push_back(at + " has no name");
    if (p.flags & ~known_param_flags)
      list.push_back(at + " has unknown flags " + hex(p.flags));
    if ((p.flags & HG_VARIADIC) && i + 1 != n) {
      list.push_back(at + " is variadic; only the last one may be");
    }
  }
}

void require_all(Problems& list,
                 std::initializer_list<std::pair<const char*, bool>> present) {
  for (auto [name, there] : present) {
    if (!there) list.push_back(std::string(name) + " is missing");
  }
}

}  // namespace

std::string size_problem(const char* what, uint32_t size, uint32_t least) {
  if (size >= least && size <= 4096 && size % 8 == 0) return {};
  return std::string(what) + ".size is " + std::to_string(size) + "; expected " +
         std::to_string(least) +
         " (version 1.0) or more, up to 4096, in steps of 8: was the "
         "struct initialised?";
}

Problems problems_of(const hg_plugin& me) {
  Problems list;
  std::string bad = size_problem("hg_plugin", me.size, abi::plugin_v1_0);
  if (!bad.empty()) list.push_back(bad);
  if (!me.name || !is_word(me.name)) {
    list.push_back(std::string("the plugin's name is ") +
                   (me.name ? "'" + std::string(me.name) + "'" : "NULL") +
                   ": lower-case letters, digits and _ , a letter first");
  }
  if (!me.version) list.push_back("the plugin states no version");
  if (me.needs_minor > HG_ABI_MINOR) {
    list.push_back("it needs ABI 1." + std::to_string(me.needs_minor) +
                   ", this core speaks 1." + std::to_string(HG_ABI_MINOR) +
                   ": update handgrad, or build the plugin with "
                   "an older header");
  }
  return list;
}

Problems problems_of(const hg_op& op, const std::string& plugin) {
  Problems list;
  std::string bad = size_problem("hg_op", op.size, abi::op_v1_0);
  if (!bad.empty()) return {bad};
  check_name(list, op.name, plugin);
  if (op.flags & ~known_op_flags) list.push_back("unknown flags " + hex(op.flags));
  check_params(list, "in", op.n_in, op.in);
  check_params(list, "out", op.n_out, op.out);
  check_attrs(list, "attr", op.n_attr, op.attrs);
  check_mask(list, "nondiff_in", op.nondiff_in, op.n_in);
  check_mask(list, "nondiff_out", op.nondiff_out, op.n_out);
  check_mask(list, "writes", op.writes, op.n_in);
  check_mask(list, "promote_in", op.promote_in, op.n_in);
  if (op.promotion > HG_PROMOTE_FLOAT) {
    list.push_back("promotion is " + std::to_string(op.promotion) + "; 0 to 2 are known");
  }
  if (op.autocast > HG_CAST_WIDEST) {
    list.push_back("autocast is " + std::to_string(op.autocast) + "; 0 to 3 are known");
  }
  if (!op.infer && !(op.flags & HG_COMPOSED)) list.push_back("infer is missing");
  if (list.empty() && (op.flags & HG_COMPOSED)) {
    std::string bad_body = body_problem(op);
    if (!bad_body.empty()) list.push_back(bad_body);
  }
  if ((op.flags & HG_VIEW) && (op.n_in == 0 || op.n_out != 1)) {
    list.push_back("a VIEW operator has at least one input and exactly one output");
  }
  if (op.n_out == 0 && op.writes == 0)
    list.push_back("it has no outputs and writes no input");
  if (op.n_sample && !op.samples) list.push_back("n_sample is set, but the table is NULL");
  for (uint32_t i = 0; op.samples && i < op.n_sample; ++i) {
    if (!op.samples[i] || !op.samples[i]->inputs) {
      list.push_back("sample " + std::to_string(i) + " is NULL or has no inputs");
    } else if (std::string s =
                   size_problem("hg_sample", op.samples[i]->size, abi::sample_v1_0);
               !s.empty()) {
      list.push_back("sample " + std::to_string(i) + ": " + s);
    }
  }
  return list;
}

Problems problems_of(const hg_kernel& k) {
  Problems list;
  std::string bad = size_problem("hg_kernel", k.size, abi::kernel_v1_0);
  if (!bad.empty()) return {bad};
  if (k.flags & ~known_kernel_flags) list.push_back("unknown flags " + hex(k.flags));
  require_all(list, {{"op", k.op && *k.op},
                     {"device", k.device && *k.device},
                     {"dtypes", k.dtypes && *k.dtypes},
                     {"forward", k.forward != nullptr}});
  if (k.dtypes) {
    for (std::string_view rest = k.dtypes; !rest.empty();) {
      std::string_view one = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
      bool known = std::any_of(std::begin(dtype_infos), std::end(dtype_infos),
                               [&](const DTypeInfo& d) { return one == d.name; });
      if (!known)
        list.push_back("unknown element type '" + std::string(one) + "' in dtypes");
    }
  }
  return list;
}

Problems problems_of(const hg_kernel& k, const hg_op& op) {
  Problems list;
  check_mask(list, "keep_in", k.keep_in, op.n_in);
  check_mask(list, "keep_out", k.keep_out, op.n_out);
  check_mask(list, "pass_dout", k.pass_dout, op.n_in);
  check_mask(list, "may_alias", k.may_alias, op.n_in);
  if (op.flags & HG_VIEW) list.push_back("its operator is a VIEW: no kernel runs");
  if (!k.backward && !(op.flags & HG_NO_GRAD)) {
    list.push_back(
        "backward is missing, and its operator is differentiable; write it, or "
        "give the operator HG_NO_GRAD");
  }
  if (k.backward && (op.flags & HG_NO_GRAD)) {
    list.push_back("it has a backward, but its operator is HG_NO_GRAD");
  }
  return list;
}

Problems problems_of(const hg_optimizer& o, const std::string& plugin) {
  Problems list;
  std::string bad = size_problem("hg_optimizer", o.size, abi::optimizer_v1_0);
  if (!bad.empty()) return {bad};
  check_name(list, o.name, plugin);
  if (o.flags) list.push_back("unknown flags " + hex(o.flags));
  if (!o.update_op == !o.step_all)
    list.push_back("exactly one of update_op and step_all is needed");
  check_attrs(list, "hyper", o.n_hyper, o.hyper);
  if (o.n_slot > 32) return list.push_back("more than 32 slots"), list;
  if (o.n_slot && !o.slots)
    return list.push_back("n_slot is set, but the table is NULL"), list;
  for (uint32_t i = 0; i < o.n_slot; ++i) {
    std::string at = "slot " + std::to_string(i);
    if (!o.slots[i] || !o.slots[i]->name) {
      list.push_back(at + " is NULL or has no name");
      continue;
    }
    const hg_slot& s = *o.slots[i];
    std::string b = size_problem("hg_slot", s.size, abi::slot_v1_0);
    if (!b.empty()) list.push_back(at + ": " + b);
    if (!b.empty()) continue;
    if (s.flags & ~uint32_t(HG_SLOT_SCALAR | HG_SLOT_SHARED))
      list.push_back(at + " has unknown flags " + hex(s.flags));
    if ((s.flags & HG_SLOT_SHARED) && !o.step_all)
      list.push_back(at + " is shared, but each parameter is stepped by itself");
    if (o.update_op && o.n_hyper == 0) continue;  // the operator's attributes are meant
    for (const char* wanted : {s.when, s.rows}) {
      bool there = !wanted ||
                   std::any_of(o.hyper, o.hyper + o.n_hyper, [&](const hg_attr* a) {
                     return a && a->name && std::string_view(a->name) == wanted;
                   });
      if (!there)
        list.push_back(at + ": there is no hyper-parameter '" + std::string(wanted) + "'");
    }
  }
  return list;
}

Problems problems_of(const hg_cell& c, const std::string& plugin) {
  Problems list;
  std::string bad = size_problem("hg_cell", c.size, abi::cell_v1_0);
  if (!bad.empty()) return {bad};
  check_name(list, c.name, plugin);
  if (c.flags) list.push_back("unknown flags " + hex(c.flags));
  require_all(list, {{"step_op", c.step_op && *c.step_op},
                     {"states", c.n_state > 0 && c.n_state <= 16 && c.states},
                     {"params", c.n_param == 0 || (c.n_param <= 32 && c.params)}});
  if (c.output >= c.n_state) {
    list.push_back("output is state " + std::to_string(c.output) + " of " +
                   std::to_string(c.n_state));
  }
  check_attrs(list, "attr", c.n_attr, c.attrs);
  return list;
}

Problems problems_of(const hg_device& d) {
  Problems list;
  std::string bad = size_problem("hg_device", d.size, abi::device_v1_0);
  if (!bad.empty()) return {bad};
  if (d.flags) list.push_back("unknown flags " + hex(d.flags));
  if (!d.name || !is_word(d.name)) list.push_back("it has no proper name");
  if (d.dev_type < 2)
    list.push_back("dev_type " + std::to_string(d.dev_type) + " is the CPU's");
  require_all(list, {{"probe", d.probe},
                     {"alloc", d.alloc},
                     {"release", d.release},
                     {"record_stream", d.record_stream},
                     {"copy", d.copy},
                     {"fill", d.fill},
                     {"stream_new", d.stream_new},
                     {"stream_free", d.stream_free},
                     {"stream_sync", d.stream_sync},
                     {"event_new", d.event_new},
                     {"event_record", d.event_record},
                     {"event_wait", d.event_wait},
                     {"event_free", d.event_free}});
  return list;
}

Problems problems_of(const hg_collective& c) {
  Problems list;
  std::string bad = size_problem("hg_collective", c.size, abi::collective_v1_0);
  if (!bad.empty()) return {bad};
  if (c.flags) list.push_back("unknown flags " + hex(c.flags));
  require_all(list, {{"name", c.name && *c.name},
                     {"device", c.device && *c.device},
                     {"init", c.init},
                     {"all_reduce", c.all_reduce},
                     {"broadcast", c.broadcast},
                     {"all_gather", c.all_gather},
                     {"reduce_scatter", c.reduce_scatter},
                     {"send", c.send},
                     {"recv", c.recv},
                     {"barrier", c.barrier},
                     {"test", c.test},
                     {"wait", c.wait},
                     {"abort", c.abort},
                     {"destroy", c.destroy}});
  return list;
}

}  // namespace hg
