// Is all of an optimizer's state in its slots?
//
// The core saves the slots in checkpoints. So a run that is interrupted, its parameters and
// slots put aside, and taken up again later, elsewhere in memory, must go on exactly as one
// that was never interrupted:
//
//     1 2 3 4 5 6        1 2 3 (put aside; another parameter's steps) 4 5 6
//
// State that a kernel keeps to itself, in a static variable or by the parameter's address,
// shows as a difference.
#include "cli/check_runs.hpp"
#include "cli/check_tests.hpp"

namespace hg::cli::check {
namespace {

constexpr uint64_t steps = 6, interrupted_after = 3;

hg_value on(const hg_attr& a) {
  hg_value v{int32_t(a.kind), 0, {}};
  if (a.kind == HG_FLOAT)
    v.u.f = 0.5;
  else
    v.u.i = 1;
  return v;
}

std::string state_name(const hg_optimizer& o, size_t i, size_t params) {
  if (i < params) return params > 1 ? "param[" + std::to_string(i) + "]" : "the parameter";
  return std::string("slot '") + o.slots[(i - params) % o.n_slot]->name + "'";
}

// make(shape, seed) gives a run that has not begun.
template <class Make>
void compare_runs(const hg_optimizer& o, size_t params, const Make& make, uint64_t seed,
                  Log& log) {
  auto straight = make(Shape{3, 4}, seed);
  State start = straight.state();
  if (!straight.go(1, steps)) return;
  auto first = make(Shape{3, 4}, seed), other = make(Shape{5}, seed + 50);
  first.go(1, interrupted_after);
  State put_aside = first.state();
  other.go(1, 2);
  auto second = make(Shape{3, 4}, seed);
  second.take_up(put_aside);
  second.go(interrupted_after + 1, steps);
  log.checked();

  State expected = straight.state(), got = second.state();
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!expected[i].given) continue;
    auto k = first_difference(expected[i], got[i]);
    if (!k) continue;
    log.finding("after " + std::to_string(steps) + " steps " + state_name(o, i, params) +
                expected[i].index_text(*k) + " is " + number_text(expected[i][*k]) +
                "; interrupted after step " + std::to_string(interrupted_after) +
                " and taken up again it is " + number_text(got[i][*k]));
    return;
  }
  for (size_t i = 0; i < params; ++i) {
    if (!first_difference(start[i], expected[i])) {
      log.finding(state_name(o, i, params) + " has not moved in " + std::to_string(steps) +
                  " steps");
    }
  }
}

struct Variant {
  std::string text;
  std::vector<hg_value> hyper;
};

// The defaults; the defaults with every slot in use; the samples of the update operator.
std::vector<Variant> variants(const hg_optimizer& o, const HyperTable& table,
                              const std::vector<Sample>& samples) {
  std::vector<hg_value> defaults;
  for (uint32_t k = 0; k < table.n; ++k) defaults.push_back(table.attrs[k]->dflt);
  std::vector<hg_value> all_on = defaults;
  for (uint32_t i = 0; i < o.n_slot; ++i) {
    int64_t k = o.slots[i]->when ? table.find(o.slots[i]->when) : -1;
    if (k >= 0) all_on[size_t(k)] = on(*table.attrs[k]);
  }
  std::vector<Variant> list{{"defaults", defaults}, {"every slot in use", all_on}};
  for (const Sample& s : samples) {
    auto values = s.attributes->values();
    if (!s.attribute_text.empty() && values.size() == table.n) {
      list.push_back({s.attribute_text, std::vector(values.begin(), values.end())});
    }
  }
  return list;
}

}  // namespace

void test_optimizer(const OptimizerEntry& entry, uint64_t seed, Log& log) {
  const hg_optimizer& o = *entry.desc;
  log.at("resume", "");
  const Operator* op = o.update_op ? &Registry::get().at(o.update_op) : nullptr;
  HyperTable table{o.n_hyper, o.hyper};
  if (op && o.n_hyper == 0) table = {op->def->n_attr, op->def->attrs};
  std::vector<Sample> samples = op ? samples_of(*op) : std::vector<Sample>();

  for (const Variant& v : variants(o, table, samples)) {
    if (!op) {
      log.at("resume", v.text);
      auto make = [&](const Shape& shape, uint64_t first) {
        return WholeRun(entry, v.hyper, table, shape, first);
      };
      compare_runs(o, 2, make, seed, log);
      continue;
    }
    for (const Kernel* k : Registry::get().kernels_of(*op)) {
      for (DType type : k->dtypes) {
        if (std::string_view(k->desc->device) != "cpu" || !is_floating(type)) continue;
        log.at("resume", v.text + ", " + name(type));
        Subject subject{*op, k, type, {}, seed};
        auto make = [&](const Shape& shape, uint64_t first) {
          return UpdateRun(o, subject, v.hyper, table, shape, first);
        };
        compare_runs(o, 1, make, seed, log);
      }
    }
  }
}

}  // namespace hg::cli::check
