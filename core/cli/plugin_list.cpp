// handgrad plugin list, handgrad plugin describe: what plugins there are, what they bring.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <set>

#include "autograd/grad_mode.hpp"
#include "autograd/node.hpp"
#include "cli/commands.hpp"
#include "cli/text.hpp"
#include "host/attributes.hpp"
#include "host/dispatch.hpp"
#include "host/loader.hpp"
#include "host/samples.hpp"

namespace fs = std::filesystem;

namespace hg::cli {
namespace {

std::string plural(size_t n, const char* word) {
  return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
}

// The operators a plugin defines, and those of others that it has kernels for.
struct Brought {
  std::vector<const Operator*> own, others;
  std::vector<const hg_optimizer*> optimizers;

  explicit Brought(const LoadedPlugin& plugin) {
    Registry& registry = Registry::get();
    for (const Operator* op : registry.operators()) {
      auto kernels = registry.kernels_of(*op);
      bool helps = std::any_of(kernels.begin(), kernels.end(),
                               [&](const Kernel* k) { return k->origin == &plugin; });
      if (op->origin == &plugin)
        own.push_back(op);
      else if (helps)
        others.push_back(op);
    }
    for (const OptimizerEntry& entry : registry.optimizers()) {
      if (entry.origin == &plugin) optimizers.push_back(entry.desc);
    }
  }

  std::string summary() const {
    std::string text = plural(own.size(), "operator");
    if (!others.empty()) text += ", kernels for " + plural(others.size(), "other");
    if (!optimizers.empty()) text += ", " + plural(optimizers.size(), "optimizer");
    return text;
  }
};

// ---- what an operator costs -----------------------------------------------------------

// Nanoseconds for one call of f: the best of several runs of about 5 ms each.
template <class F>
double nanoseconds(const F& f) {
  using clock = std::chrono::steady_clock;
  double best = 1e30;
  for (int run = 0; run < 5; ++run) {
    int64_t calls = 0;
    auto start = clock::now();
    double passed = 0;
    for (int64_t chunk = 1; passed < 5e6; chunk *= 2) {
      for (int64_t i = 0; i < chunk; ++i) f();
      calls += chunk;
      passed = std::chrono::duration<double, std::nano>(clock::now() - start).count();
    }
    best = std::min(best, passed / double(calls));
  }
  return best;
}

// Memory that the graph holds on to until backward.
size_t kept_bytes(const Tensor& y) {
  std::set<const Storage*> kept;
  if (const Node* node = y.impl()->node.get()) {
    for (int i = 0; i < node->n_in + node->n_out + node->n_saved; ++i) {
      if (node->kept[i].storage) kept.insert(node->kept[i].storage);
    }
  }
  size_t bytes = 0;
  for (const Storage* s : kept) bytes += s->bytes;
  return bytes;
}

// Runs the first sample; an operator without one, or whose sample cannot run here (a kernel
// for another device), has no cost to show.
void print_cost(const Operator& op) {
  const hg_op& def = *op.def;
  if (def.n_sample == 0) return;
  const hg_sample& sample = *def.samples[0];
  std::vector<Tensor> inputs;
  std::vector<const Tensor*> pointers;
  uint64_t seed = 1;
  for (const SampleInput& input : parse_sample(sample.inputs)) {
    inputs.push_back(make_input(input, seed++));
  }
  for (uint32_t i = 0; i < inputs.size(); ++i) {
    uint32_t place = std::min(i, def.n_in ? def.n_in - 1 : 0);
    bool fixed = (def.nondiff_in | def.writes) >> place & 1;
    if (inputs[i].defined() && is_floating(inputs[i].dtype()) && !fixed) {
      inputs[i].requires_grad_();
    }
    pointers.push_back(&inputs[i]);
  }
  Attributes attributes(op, sample.attrs ? sample.attrs : "{}");
  auto call = [&] { return run_all(op, pointers, attributes.values()); };
  std::vector<Tensor> y = call();

  double forward = 0, both = 0;
  {
    no_grad guard;
    forward = nanoseconds(call);
  }
  std::cout << fmt::format("  cost of {}{}\n    forward {:.0f} ns", sample.inputs,
                           sample.attrs ? std::string(" ") + sample.attrs : "", forward);
  if (!y.empty() && y[0].requires_grad()) {
    Tensor dy = ones_like(y[0]);
    both = nanoseconds([&] {
      call()[0].backward(dy);
      for (const Tensor& x : inputs) {
        if (x.defined()) x.zero_grad();
      }
    });
    std::cout << fmt::format(", forward and backward {:.0f} ns, {} bytes kept for backward",
                             both, kept_bytes(y[0]));
  }
  std::cout << "\n";
}

void print_brought(const LoadedPlugin& plugin) {
  Brought brought(plugin);
  std::cout << fmt::format("{} {}: {}\n{}\nbuilt for ABI 1.{}; {}\n", plugin.name,
                           plugin.version, plugin.doc, plugin.path, plugin.built_minor,
                           brought.summary());
  for (const Operator* op : brought.own) {
    std::cout << "\n";
    print_operator(*op);
    print_cost(*op);
  }
  if (!brought.others.empty()) std::cout << "\nkernels for operators of others\n";
  std::vector<std::vector<std::string>> rows;
  for (const Operator* op : brought.others) {
    for (auto& row : kernel_rows(*op)) {
      if (row[0] == plugin.name) rows.push_back({op->short_name(), row[1], row[2], row[3]});
    }
  }
  print_table(rows, 2);
  for (const hg_optimizer* o : brought.optimizers) {
    std::cout << "\noptimizer " << o->name << ": " << (o->doc ? o->doc : "") << "\n";
    if (o->update_op) std::cout << "  each step runs " << o->update_op << "\n";
    std::vector<std::vector<std::string>> hyper;
    for (uint32_t i = 0; i < o->n_hyper; ++i) {
      const hg_attr& a = *o->hyper[i];
      hyper.push_back(
          {a.name, kind_name(a.kind), "= " + value_text(a.dflt), a.doc ? a.doc : ""});
    }
    print_table(hyper, 4);
  }
  for (const Kernel* k : Registry::get().parked()) {
    if (k->origin != &plugin) continue;
    std::cout << "\nwaiting: a kernel for " << k->desc->op << " on " << k->desc->device
              << " for " << k->desc->dtypes << ", of which nobody has told the core yet\n";
  }
}

}  // namespace

void list_plugins() {
  // Each is loaded, as only the plugin itself can tell what it brings.
  bool any = false;
  for (const std::string& folder : plugin_folders()) {
    std::error_code none;
    std::set<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder, none)) {
      if (entry.path().extension() == ".so") files.insert(entry.path());
    }
    for (const fs::path& file : files) {
      any = true;
      try {
        const LoadedPlugin& p = load_plugin(file.string());
        std::cout << fmt::format("{} {}: {} ({})\n    {}\n", p.name, p.version, p.doc,
                                 Brought(p).summary(), p.path);
      } catch (const Error& e) {
        std::cout << "refused: " << e.what() << "\n";
      }
    }
  }
  if (any) return;
  std::cout << "There are no plugins in\n";
  for (const std::string& folder : plugin_folders()) std::cout << "    " << folder << "\n";
}

void describe_plugin(const std::string& path_or_name) {
  for (const LoadedPlugin* p : Registry::get().plugins()) {
    if (p->active && p->name == path_or_name) return print_brought(*p);
  }
  print_brought(load_plugin(path_or_name));
}

}  // namespace hg::cli
