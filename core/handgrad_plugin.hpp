// handgrad_plugin.hpp: writing plugins in C++20.
//
// A thin dress over handgrad_abi.h: the structs are filled in by builders, exceptions are
// caught before they reach the core, and a kernel is a struct with functions:
//
//     struct Swish {                                  // y = x / (1 + exp(-x))
//       static void infer(Call& c) { c.like(0, c.in(0)); }
//       template <class T> static void forward(Call& c) { ... c.in<T>(0) ... c.out<T>(0) }
//       template <class T> static void backward(Call& c) { ... c.dout<T>(0) ... }
//     };
//
//     HANDGRAD_PLUGIN("acme", "1.0", "an activation") {
//       plugin.op<Swish>("acme.swish").doc("x times its own sigmoid")
//           .formula("y = x / (1 + exp(-x))")
//           .in("input").out("output").sample("normal[3,4]");
//       plugin.kernel<Swish, float, double>("acme.swish").keep_in({0});
//     }
//
// Header only; includes the ABI and the standard library, and links nothing.
#pragma once

#include <exception>
#include <utility>
#include <vector>

#include "handgrad_abi.h"
#include "plugin/call.hpp"      // what a kernel sees
#include "plugin/describe.hpp"  // how operators and kernels are declared

namespace hg::plugin {

/// What a plugin brings, described in its entry function and handed over at the end.
class Plugin {
 public:
  /// An operator; K::infer(Call&) is its shape rule.
  template <class K>
  OpBuilder& op(const char* name) {
    auto infer = [](const hg_op*, hg_call* c) -> int32_t {
      return Call::guarded(c, [&] { Call call(c); K::infer(call); });
    };
    ops_.push_back(new OpBuilder(name, infer));
    return *ops_.back();
  }
  /// Kernels for element types Ts: K::forward<T>, K::backward<T> (not for HG_NO_GRAD
  /// operators), K::plan<T> if there is one.
  template <class K, class... Ts>
  KernelBuilder kernel(const char* op) {
    std::vector<hg_kernel*> made;
    (made.push_back(make_kernel<K, Ts>(op)), ...);
    kernels_.insert(kernels_.end(), made.begin(), made.end());
    return KernelBuilder(made);
  }
  OptimizerBuilder& optimizer(const char* name) {
    optimizers_.push_back(new OptimizerBuilder(name));
    return *optimizers_.back();
  }
  /// Anything else, by its kind: add("cell/1", &cell).
  void add(const char* kind, const void* descriptor) {
    others_.push_back({kind, descriptor});
  }

  void hand_over(const hg_host* host) {
    for (OpBuilder* b : ops_) host->add(host, "op/1", b->finish());
    for (hg_kernel* k : kernels_) host->add(host, "kernel/1", k);
    for (OptimizerBuilder* b : optimizers_) host->add(host, "optimizer/1", b->finish());
    for (auto& [kind, desc] : others_) host->add(host, kind, desc);
  }

 private:
  template <class K, class T>
  static hg_kernel* make_kernel(const char* op) {
    auto* k = new hg_kernel{};
    k->size = sizeof *k;
    k->op = op;
    k->device = "cpu";
    k->dtypes = TypeName<T>::value;
    k->n_in = k->n_attr = 64;
    k->forward = [](const hg_kernel*, hg_call* c) -> int32_t {
      return Call::guarded(c, [&] { Call call(c); K::template forward<T>(call); });
    };
    if constexpr (requires(Call& call) { K::template backward<T>(call); }) {
      k->backward = [](const hg_kernel*, hg_call* c) -> int32_t {
        return Call::guarded(c, [&] { Call call(c); K::template backward<T>(call); });
      };
    }
    if constexpr (requires(Call& call) { K::template plan<T>(call); }) {
      k->plan = [](const hg_kernel*, hg_call* c) -> int32_t {
        return Call::guarded(c, [&] { Call call(c); K::template plan<T>(call); });
      };
    }
    return k;
  }
  std::vector<OpBuilder*> ops_;
  std::vector<hg_kernel*> kernels_;
  std::vector<OptimizerBuilder*> optimizers_;
  std::vector<std::pair<const char*, const void*>> others_;
};

/// What HANDGRAD_PLUGIN's entry function does.
inline int32_t enter(const hg_host* host, hg_plugin* me, const char* name,
                     const char* version, const char* doc,
                     void (*describe)(Plugin&)) noexcept {
  me->name = name;
  me->version = version;
  me->doc = doc;
  me->built_minor = HG_ABI_MINOR;
  me->needs_minor = 0;
  try {
    Plugin plugin;  // its builders, and with them the descriptors, live until exit
    describe(plugin);
    plugin.hand_over(host);
    return HG_OK;
  } catch (const std::exception& e) {
    return host->fail(nullptr, HG_E_INTERNAL, e.what());
  } catch (...) {
    return host->fail(nullptr, HG_E_INTERNAL, "an exception of unknown type");
  }
}

}  // namespace hg::plugin

/// Defines the entry function; what follows in braces describes `plugin`.
#define HANDGRAD_PLUGIN(name, version, doc)                                               \
  static void handgrad_describe(hg::plugin::Plugin& plugin);                              \
  extern "C" HG_EXPORT int32_t handgrad_plugin_v1(const hg_host* host, hg_plugin* me) {   \
    return hg::plugin::enter(host, me, name, version, doc, handgrad_describe);            \
  }                                                                                       \
  static void handgrad_describe(hg::plugin::Plugin& plugin)
