// Taking a plugin in: all that its entry function adds, or nothing.
#include <set>
#include <utility>

#include "host/abi_layout.hpp"
#include "host/host.hpp"
#include "host/staging.hpp"
#include "host/validate.hpp"
#include "tensor/error.hpp"

namespace hg {

std::vector<DType> parse_dtypes(std::string_view list) {
  std::vector<DType> types;
  while (!list.empty()) {
    std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), one.size() + 1));
    types.push_back(dtype_from_name(one));
  }
  return types;
}

namespace {

// The entry function under way. Set only while the registry is locked.
Registry::Staging* current = nullptr;

template <class D>
constexpr uint32_t least_size = 0;
template <>
constexpr uint32_t least_size<hg_op> = abi::op_v1_0;
template <>
constexpr uint32_t least_size<hg_kernel> = abi::kernel_v1_0;
template <>
constexpr uint32_t least_size<hg_optimizer> = abi::optimizer_v1_0;
template <>
constexpr uint32_t least_size<hg_cell> = abi::cell_v1_0;
template <>
constexpr uint32_t least_size<hg_device> = abi::device_v1_0;
template <>
constexpr uint32_t least_size<hg_collective> = abi::collective_v1_0;

// Checks a descriptor and keeps it. Of one that is too small nothing but its size is read:
// what lies behind its end is not its own.
template <class D>
int32_t stage(Registry::Staging& s, const std::string& kind, const void* descriptor,
              const char* const D::*name, std::vector<const D*>& list) {
  auto* d = static_cast<const D*>(descriptor);
  std::string item = kind;
  if (d->size >= least_size<D>) {
    item += " " + text_or(d->*name, "(no name)");
    list.push_back(d);
  }
  if constexpr (requires { problems_of(*d, s.plugin()); }) {
    return s.report(item, problems_of(*d, s.plugin()));
  } else {
    return s.report(item, problems_of(*d));
  }
}

}  // namespace

int32_t host_add(const hg_host*, const char* kind, const void* descriptor) {
  Registry::Staging* s = current;
  if (!s) return HG_E_INVALID;  // add() outside of an entry function
  try {
    std::string k = text_or(kind, "(no kind)");
    if (!descriptor) return s->report(k, {"the descriptor is NULL"});
    if (k == "op/1") return stage(*s, k, descriptor, &hg_op::name, s->ops);
    if (k == "kernel/1") return stage(*s, k, descriptor, &hg_kernel::op, s->kernels);
    if (k == "optimizer/1") {
      return stage(*s, k, descriptor, &hg_optimizer::name, s->optimizers);
    }
    if (k == "cell/1") return stage(*s, k, descriptor, &hg_cell::name, s->cells);
    if (k == "device/1") return stage(*s, k, descriptor, &hg_device::name, s->devices);
    if (k == "collective/1") {
      return stage(*s, k, descriptor, &hg_collective::name, s->collectives);
    }
    return s->report(k, {"unknown kind; known are op/1, kernel/1, optimizer/1, cell/1, "
                         "device/1, collective/1"});
  } catch (const std::exception&) {
    return HG_E_MEMORY;
  }
}

void staging_fail(const char* message) {
  if (current) current->problems.push_back(text_or(message, "failed without a message"));
}

namespace {

// Calls the entry function, with `staging` to take what it adds; what is wrong so far.
std::vector<std::string> run_entry(hg_entry entry, hg_plugin& me,
                                   Registry::Staging& staging) {
  Registry::Staging* outer = std::exchange(current, &staging);
  int32_t status = HG_E_INTERNAL;
  std::string thrown;
  try {
    status = entry(host_table(), &me);
  } catch (const std::exception& e) {
    thrown = e.what();
  } catch (...) {
    thrown = "an exception of unknown type";
  }
  current = outer;

  std::vector<std::string> problems = problems_of(me);
  if (!thrown.empty()) {
    problems.push_back("the entry function let an exception escape: " + thrown);
  } else if (status != HG_OK && staging.problems.empty()) {
    problems.push_back("the entry function returned status " + std::to_string(status));
  }
  problems.insert(problems.end(), staging.problems.begin(), staging.problems.end());
  return problems;
}

}  // namespace

const LoadedPlugin& Registry::admit(hg_entry entry, std::string path, uint64_t device,
                                    uint64_t inode) {
  std::lock_guard lock(mutex_);
  hg_plugin me{};
  me.size = sizeof me;
  Staging staging{&me, {}, {}, {}, {}, {}, {}, {}};
  std::vector<std::string> problems = run_entry(entry, me, staging);

  std::string plugin_name = staging.plugin();
  for (const auto& p : plugins_) {
    if (p->active && p->name == plugin_name) {
      problems.push_back("a plugin named '" + plugin_name + "' is loaded already, from " +
                         (p->path.empty() ? "the core" : p->path) +
                         "; unload it first, or rename this one");
    }
  }
  // Duplicates, among the new ones and against the old.
  std::set<std::string> new_ops;
  for (const hg_op* op : staging.ops) {
    if (!op->name) continue;
    auto old = operators_.find(std::string_view(op->name));
    if (old != operators_.end() && old->second->active) {
      problems.push_back("op/1 " + std::string(op->name) + ": already defined by plugin " +
                         old->second->origin->name);
    } else if (!new_ops.insert(op->name).second) {
      problems.push_back("op/1 " + std::string(op->name) + ": defined twice");
    }
  }
  std::set<std::string> new_kernels;
  for (const hg_kernel* k : staging.kernels) {
    if (!k->op || !k->device || !k->dtypes || !problems_of(*k).empty()) continue;
    for (DType t : parse_dtypes(k->dtypes)) {
      std::string key = std::string(k->op) + " for " + name(t) + " on " + k->device +
                        " with priority " + std::to_string(k->priority);
      if (!new_kernels.insert(key).second) {
        problems.push_back("kernel/1 " + key + ": defined twice");
      }
    }
    // Rules that need the operator's definition, here or in the registry.
    const hg_op* def = nullptr;
    for (const hg_op* op : staging.ops) {
      if (op->name && std::string_view(op->name) == k->op) def = op;
    }
    if (auto old = operators_.find(std::string_view(k->op));
        !def && old != operators_.end() && old->second->active) {
      def = old->second->def;
    }
    if (def) {
      for (const std::string& p : problems_of(*k, *def)) {
        problems.push_back("kernel/1 " + std::string(k->op) + ": " + p);
      }
    }
  }
  for (const hg_device* d : staging.devices) {
    auto old = devices_.find(std::string_view(text_or(d->name, "")));
    if (old != devices_.end()) {
      problems.push_back("device/1 " + old->first + ": already there, from plugin " +
                         old->second.second->name);
    }
  }
  if (!problems.empty()) {
    std::string all = "nothing of it was added:";
    for (const std::string& p : problems) all += "\n  - " + p;
    throw Error("plugin " + (path.empty() ? text_or(me.name, "(no name)") : path), all);
  }

  auto plugin = std::make_unique<LoadedPlugin>();
  plugin->name = me.name;
  plugin->version = me.version;
  plugin->doc = text_or(me.doc, "");
  plugin->path = std::move(path);
  plugin->built_minor = me.built_minor;
  plugin->device = device;
  plugin->inode = inode;
  commit(staging, *plugin);
  plugins_.push_back(std::move(plugin));
  return *plugins_.back();
}

}  // namespace hg
