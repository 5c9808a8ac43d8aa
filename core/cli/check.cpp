#include "cli/check.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <iostream>

#include "cli/check_report.hpp"
#include "cli/check_tests.hpp"
#include "host/loader.hpp"
#include "tensor/error.hpp"

namespace hg {
int32_t core_entry(const hg_host* host, hg_plugin* me);  // ops/all.cpp
}

namespace hg::cli {
namespace {

using namespace check;

struct Test {
  const char* name;
  void (*run)(const Subject&, Log&);
  bool of_backward = false;
  bool basic = false;  // what it finds would show in all others, too
};

// In the order in which findings explain each other: a kernel that reads what it has not
// kept would crash all that call its backward.
constexpr Test kernel_tests[] = {
    {"masks", test_masks, true, true},
    {"samples", test_contract, false, true},
    {"gradients", test_gradients, true},
    {"linearity", test_linearity, true},
    {"requests", test_requests, true},
    {"strides", test_layouts},
    {"reference", test_reference},
    {"shapes", test_shapes},
    {"types", test_types},
    {"attributes", test_attributes},
    {"indices", test_values},
    {"threads", test_threads},
    {"concurrency", test_concurrency},
    {"old host", test_kernel_hosts},
};

class Checker {
 public:
  explicit Checker(const CheckOptions& o) : options_(o) {}

  bool go() {
    Registry& registry = Registry::get();
    registry.set_reference_only(true);  // helpers must not run on what is being tested
    if (!load()) return finish();
    find_operators();
    report_.plugin = plugin_->name;
    report_.version = plugin_->version;
    report_.path = plugin_->path;
    std::vector<const Operator*> ops = operators();
    for (const Operator* op : ops) {
      name_width_ = std::max(name_width_, op->name.size());
      ways_width_ = std::max(ways_width_, ways(*op).size());
    }
    if (options_.only.empty()) {
      Part part("entry");
      part.take(apart("old host", [&](Log& log) { test_entry_hosts(entry(), log); }), "");
      add(std::move(part));
    }
    for (const Operator* op : ops) add(check_operator(*op));
    for (const OptimizerEntry& o : registry.optimizers()) {
      if (o.origin == plugin_ && chosen(o.desc->name)) add(check_optimizer(o));
    }
    if (report_.parts.empty()) {
      throw Error("plugin check", "there is nothing to check in plugin " + plugin_->name,
                  "handgrad plugin describe shows what it brings");
    }
    return finish();
  }

 private:
  // ---- getting at the plugin ----------------------------------------------------------

  // The entry function runs in a copy first: it might crash.
  bool load() {
    for (const LoadedPlugin* p : Registry::get().plugins()) {
      if (p->name == options_.plugin) plugin_ = p;
    }
    if (plugin_) return true;
    Outcome trial = apart("load", [&](Log&) { load_plugin(options_.plugin); });
    if (trial.finished) {
      plugin_ = &load_plugin(options_.plugin);  // or throws, as it did there
      return true;
    }
    report_.plugin = report_.path = options_.plugin;
    Part part(options_.plugin);
    part.take(trial, "");
    add(std::move(part));
    return false;
  }

  // Its kernels may be for operators of another plugin, which is loaded when it is asked for.
  void find_operators() const {
    for (const Kernel* k : Registry::get().parked()) {
      if (k->origin == plugin_) Registry::get().find(k->desc->op);
    }
  }

  hg_entry entry() const {
    if (plugin_->is_core()) return core_entry;
    void* library = dlopen(plugin_->path.c_str(), RTLD_NOW | RTLD_LOCAL);
    return reinterpret_cast<hg_entry>(dlsym(library, "handgrad_plugin_v1"));
  }

  bool chosen(const std::string& name) const {
    auto same = [&](const std::string& o) { return o == name || "core." + o == name; };
    return options_.only.empty() ||
           std::any_of(options_.only.begin(), options_.only.end(), same);
  }

  // Those it defines, and those it has kernels for.
  std::vector<const Operator*> operators() const {
    std::vector<const Operator*> list;
    for (const Operator* op : Registry::get().operators()) {
      auto kernels = Registry::get().kernels_of(*op);
      bool helps = std::any_of(kernels.begin(), kernels.end(),
                               [&](const Kernel* k) { return k->origin == plugin_; });
      if ((op->origin == plugin_ || helps) && chosen(op->name)) list.push_back(op);
    }
    return list;
  }

  // ---- testing -----------------------------------------------------------------------

  Outcome apart(const char* name, const std::function<void(Log&)>& test) const {
    Outcome outcome = run_apart(
        [&](Log& log) {
          log.at(name, "");
          test(log);
        },
        options_.seconds);
    return outcome;
  }

  // "view", "composed f32", "f32 f64"
  std::string ways(const Operator& op) const {
    std::vector<std::string> list;
    if (op.def->flags & HG_VIEW) list.push_back("view");
    if (op.def->flags & HG_COMPOSED) list.push_back("composed");
    for (const Kernel* kernel : Registry::get().kernels_of(op)) {
      for (DType type : kernel->dtypes) {
        bool listed = std::count(list.begin(), list.end(), name(type));
        if (is_ours(*kernel) && !listed) list.push_back(name(type));
      }
    }
    std::string text;
    for (const std::string& way : list) text += (text.empty() ? "" : " ") + way;
    return text;
  }

  // Does the kernel come from the plugin, and run here?
  bool is_ours(const Kernel& k) const {
    return k.origin == plugin_ && std::string_view(k.desc->device) == "cpu";
  }

  Part check_operator(const Operator& op) {
    Part part(op.name, ways(op));
    std::vector<Sample> samples;
    try {
      samples = samples_of(op);
      if (samples.empty()) throw Error(op.name, "the definition has no samples");
    } catch (const Error& e) {
      part.add({"samples", "", "", e.what()});
      return part;
    }
    bool covered = op.def->flags & (HG_VIEW | HG_COMPOSED);
    if (covered) {
      Subject subject{op, nullptr, f64, samples, options_.seed};
      part.take(apart("samples", [&](Log& log) { test_by_dispatch(subject, log); }), "");
    }
    for (const Kernel* kernel : Registry::get().kernels_of(op)) {
      covered = true;
      if (!is_ours(*kernel)) {
        if (kernel->origin != plugin_) continue;
        part.notes.push_back(std::string("its kernel for ") + kernel->desc->device +
                             " is not checked: only those for the cpu are");
        continue;
      }
      for (DType type : kernel->dtypes) {
        check_kernel({op, kernel, type, samples, options_.seed}, part);
      }
    }
    if (!covered) part.add({"kernels", "", "", "no kernel computes this operator"});
    return part;
  }

  // "f32", or "f32 of priority 1" if there are several.
  std::string label(const Subject& s) const {
    auto kernels = Registry::get().kernels_of(s.op);
    auto rival = std::count_if(kernels.begin(), kernels.end(), [&](const Kernel* k) {
      return k->origin == plugin_ &&
             std::count(k->dtypes.begin(), k->dtypes.end(), s.dtype);
    });
    std::string text = name(s.dtype);
    if (rival > 1) text += " of priority " + std::to_string(s.kernel->desc->priority);
    return text;
  }

  void check_kernel(const Subject& subject, Part& part) {
    bool has_gradients = subject.has_backward() && is_floating(subject.dtype);
    for (const Test& test : kernel_tests) {
      if (test.of_backward && !has_gradients) continue;
      Outcome outcome = apart(test.name, [&](Log& log) { test.run(subject, log); });
      part.take(outcome, label(subject));
      if (outcome.finished && !(test.basic && !outcome.findings.empty())) continue;
      if (&test != std::end(kernel_tests) - 1) {
        part.notes.push_back("further tests of " + label(subject) +
                             " wait until this is mended");
      }
      return;
    }
  }

  Part check_optimizer(const OptimizerEntry& o) {
    Part part(o.desc->name, "optimizer");
    part.take(apart("resume", [&](Log& log) { test_optimizer(o, options_.seed, log); }),
              "");
    return part;
  }

  // ---- telling -----------------------------------------------------------------------

  void add(Part part) {
    if (!options_.json) print_part(part, name_width_, ways_width_);
    report_.parts.push_back(std::move(part));
  }

  bool finish() {
    if (options_.json) {
      print_json(report_);
    } else {
      print_summary(report_);
    }
    return report_.findings() == 0;
  }

  const CheckOptions& options_;
  const LoadedPlugin* plugin_ = nullptr;
  Report report_;
  size_t name_width_ = 5, ways_width_ = 0;
};

}  // namespace

bool check_plugin(const CheckOptions& options) { return Checker(options).go(); }

}  // namespace hg::cli
