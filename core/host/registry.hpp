// What is known: operators, their kernels, optimizers, cells, and whose they are.
//
// Everything enters through hg_host::add, the core's own operators included. Entries are
// never freed, so pointers to them stay good; unloading a plugin takes its entries out of
// the tables that lookups read.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "handgrad_abi.h"
#include "tensor/dtype.hpp"

namespace hg {

/// A plugin that was loaded (or the core itself, whose path is empty).
struct LoadedPlugin {
  std::string name, version, doc, path;
  uint16_t built_minor = 0;
  uint64_t device = 0, inode = 0;  // which file it was
  bool active = true;              // false once unloaded
  bool is_core() const { return name == "core"; }
};

/// One way to compute an operator.
struct Kernel {
  const hg_kernel* desc = nullptr;
  const LoadedPlugin* origin = nullptr;
  std::vector<DType> dtypes;
  std::unique_ptr<std::mutex> serial;  // of HG_SERIAL kernels
};

/// A list of kernels, best first, ended by null. Lists are replaced, never changed, so a
/// reader needs no lock.
using KernelList = const Kernel* const*;

struct Operator {
  const hg_op* def = nullptr;
  const LoadedPlugin* origin = nullptr;
  std::string name;       // "core.softmax"
  std::string grad_name;  // "SoftmaxBackward"
  bool bounded = false;   // some attribute has bounds or choices to check
  bool active = true;
  std::array<std::atomic<KernelList>, dtype_count> cpu{};
  std::map<int32_t, std::array<KernelList, dtype_count>> elsewhere;  // by device type

  KernelList kernels(int32_t device_type, DType t) const;
  /// "softmax": the name without "core.".
  std::string short_name() const;
};

struct OptimizerEntry {
  const hg_optimizer* desc;
  const LoadedPlugin* origin;
};

class Registry {
 public:
  /// The one registry, with the core's operators in it.
  static Registry& get();

  /// The operator called `name`, with or without "core."; null if there is none. A name
  /// "vendor.op" that is not known makes the loader look for the plugin `vendor`, once.
  const Operator* find(std::string_view name);
  /// The same; throws, with the nearest names, if there is none.
  const Operator& at(std::string_view name);
  const hg_optimizer* find_optimizer(std::string_view name);
  const hg_cell* find_cell(std::string_view name);
  const hg_device* find_device(std::string_view name);

  std::vector<const Operator*> operators();      // by name
  std::vector<const Kernel*> kernels_of(const Operator& op);  // best first, any device
  std::vector<OptimizerEntry> optimizers();
  std::vector<const LoadedPlugin*> plugins();          // in the order of loading
  std::vector<const Kernel*> parked();           // kernels whose operator is not there yet
  int32_t device_type(std::string_view device);  // "cpu" 1, "cuda" 2, ...; -1 if unknown

  /// While this is on (--reference), an operator has the kernels of its own plugin only,
  /// the core's operators the core's, and a composed one has none: its body runs.
  void set_reference_only(bool on);
  bool reference_only() const { return reference_only_; }

  // ---- for the loader --------------------------------------------------------------------
  /// What one entry function adds, kept apart until it has returned.
  struct Staging;
  /// Calls `entry`; commits what it added, or throws an Error that lists every problem.
  const LoadedPlugin& admit(hg_entry entry, std::string path, uint64_t device, uint64_t inode);
  /// Takes a plugin's entries out. False if there is none of that name.
  bool remove(std::string_view plugin);

 private:
  Registry();
  void commit(Staging& staging, LoadedPlugin& plugin);
  void rebuild(Operator& op);  // the kernel lists, from all_kernels_
  int32_t device_type_locked(std::string_view device) const;

  std::recursive_mutex mutex_;
  std::map<std::string, std::unique_ptr<Operator>, std::less<>> operators_;
  std::multimap<std::string, std::unique_ptr<Kernel>> all_kernels_;  // by operator name
  std::map<std::string, OptimizerEntry, std::less<>> optimizers_;
  std::map<std::string, std::pair<const hg_cell*, const LoadedPlugin*>, std::less<>> cells_;
  std::map<std::string, std::pair<const hg_device*, const LoadedPlugin*>, std::less<>> devices_;
  std::map<std::string, std::pair<const hg_collective*, const LoadedPlugin*>, std::less<>>
      collectives_;
  std::vector<std::unique_ptr<LoadedPlugin>> plugins_;
  std::vector<std::string> sought_;  // vendors the loader was already asked for
  bool reference_only_ = false;
};

/// The host table that every callback gets.
const hg_host* host_table();

/// A cached lookup: the name is resolved at the first use.
class Op {
 public:
  explicit constexpr Op(const char* name) : name_(name) {}
  const Operator& operator*() const {
    const Operator* found = found_.load(std::memory_order_acquire);
    if (!found || !found->active) found_.store(found = &Registry::get().at(name_));
    return *found;
  }

 private:
  const char* name_;
  mutable std::atomic<const Operator*> found_{nullptr};
};

}  // namespace hg
