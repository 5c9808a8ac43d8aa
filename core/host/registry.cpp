#include "host/registry.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <set>
#include <utility>

#include "host/abi_layout.hpp"
#include "host/host.hpp"
#include "host/validate.hpp"
#include "tensor/error.hpp"

namespace hg {

int32_t core_entry(const hg_host* host, hg_plugin* me);  // ops/all.cpp
bool find_and_load_vendor(const std::string& vendor);    // host/loader.cpp

// ---- staging: what one entry function adds ---------------------------------------------------

struct Registry::Staging {
  const hg_plugin* me;
  std::vector<const hg_op*> ops;
  std::vector<const hg_kernel*> kernels;
  std::vector<const hg_optimizer*> optimizers;
  std::vector<const hg_cell*> cells;
  std::vector<const hg_device*> devices;
  std::vector<const hg_collective*> collectives;
  std::vector<std::string> problems;

  // The name under which things are listed; what is wrong with it is reported separately.
  std::string plugin() const { return me->name ? me->name : ""; }

  int32_t report(const std::string& item, const std::vector<std::string>& list) {
    for (const std::string& p : list) problems.push_back(item + ": " + p);
    return list.empty() ? HG_OK : HG_E_INVALID;
  }
};

namespace {

// The entry function under way. Set only while the registry is locked.
Registry::Staging* current = nullptr;

std::string text_or(const char* s, const char* otherwise) { return s && *s ? s : otherwise; }

// "core.log_softmax" -> "LogSoftmaxBackward"
std::string make_grad_name(const std::string& name) {
  std::string result;
  bool upper = true;
  for (char c : name.substr(name.find('.') + 1)) {
    if (c == '_') {
      upper = true;
    } else {
      result += upper ? char(std::toupper(static_cast<unsigned char>(c))) : c;
      upper = false;
    }
  }
  return result + "Backward";
}

std::vector<DType> parse_dtypes(std::string_view list) {
  std::vector<DType> types;
  while (!list.empty()) {
    std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), one.size() + 1));
    types.push_back(dtype_from_name(one));
  }
  return types;
}

// How many single-letter edits turn a into b: for "did you mean".
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

// ---- the host's side ---------------------------------------------------------------------------

namespace {

template <class D> constexpr uint32_t least_size = 0;
template <> constexpr uint32_t least_size<hg_op> = abi::op_v1_0;
template <> constexpr uint32_t least_size<hg_kernel> = abi::kernel_v1_0;
template <> constexpr uint32_t least_size<hg_optimizer> = abi::optimizer_v1_0;
template <> constexpr uint32_t least_size<hg_cell> = abi::cell_v1_0;
template <> constexpr uint32_t least_size<hg_device> = abi::device_v1_0;
template <> constexpr uint32_t least_size<hg_collective> = abi::collective_v1_0;

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

void host_log(const hg_host*, int32_t level, const char* message) {
  const char* names[] = {"debug", "info", "warning"};
  if (level < HG_INFO && !std::getenv("HANDGRAD_DEBUG")) return;
  std::fprintf(stderr, "handgrad: %s: %s\n", names[std::clamp(level, 0, 2)],
               message ? message : "");
}

// Extensions of the host are asked for by name; version 1.0 has none yet.
const void* host_query(const hg_host*, const char*) { return nullptr; }

const hg_host* host_table() {
  static const hg_host host = {sizeof(hg_host), HG_ABI_MAJOR,  HG_ABI_MINOR,     nullptr,
                               host_add,        host_fail,     host_log,         host_query,
                               host_scratch,    host_save,     host_resize_out,  host_gemm,
                               host_parallel_for, host_closure};
  return &host;
}

// ---- operators -----------------------------------------------------------------------------------

const std::string& grad_name(const Operator& op) { return op.grad_name; }

std::string Operator::short_name() const {
  return name.starts_with("core.") ? name.substr(5) : name;
}

KernelList Operator::kernels(int32_t device, DType t) const {
  if (device == HG_CPU) return cpu[size_t(t)].load(std::memory_order_acquire);
  auto found = elsewhere.find(device);
  return found == elsewhere.end() ? nullptr : found->second[size_t(t)];
}

// ---- the registry ----------------------------------------------------------------------------------

Registry& Registry::get() {
  static Registry* registry = new Registry;  // never destroyed: graphs point into it
  return *registry;
}

Registry::Registry() { admit(core_entry, {}, 0, 0); }

const LoadedPlugin& Registry::admit(hg_entry entry, std::string path, uint64_t device,
                              uint64_t inode) {
  std::lock_guard lock(mutex_);
  hg_plugin me{};
  me.size = sizeof me;
  Staging staging{&me, {}, {}, {}, {}, {}, {}, {}};
  Staging* outer = std::exchange(current, &staging);
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
  for (std::string& p : staging.problems) problems.push_back(std::move(p));

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
    if (auto old = operators_.find(std::string_view(k->op)); !def && old != operators_.end()) {
      def = old->second->def;
    }
    if (def) {
      for (const std::string& p : problems_of(*k, *def)) {
        problems.push_back("kernel/1 " + std::string(k->op) + ": " + p);
      }
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

void Registry::commit(Staging& staging, LoadedPlugin& plugin) {
  std::set<std::string> touched;
  for (const hg_device* d : staging.devices) {
    devices_[d->name] = {d, &plugin};
    for (auto& [name, op] : operators_) touched.insert(name);  // parked kernels may fit now
  }
  for (const hg_op* def : staging.ops) {
    auto& slot = operators_[def->name];
    if (!slot) slot = std::make_unique<Operator>();
    Operator& op = *slot;
    op.def = def;
    op.origin = &plugin;
    op.name = def->name;
    op.grad_name = make_grad_name(op.name);
    op.active = true;
    for (uint32_t i = 0; i < def->n_attr; ++i) {
      const hg_attr& a = *def->attrs[i];
      op.bounded |= a.lo.kind != HG_NONE || a.hi.kind != HG_NONE || a.choices;
    }
    touched.insert(op.name);
  }
  for (const hg_kernel* desc : staging.kernels) {
    auto kernel = std::make_unique<Kernel>();
    kernel->desc = desc;
    kernel->origin = &plugin;
    kernel->dtypes = parse_dtypes(desc->dtypes);
    if (desc->flags & HG_SERIAL) kernel->serial = std::make_unique<std::mutex>();
    all_kernels_.emplace(desc->op, std::move(kernel));
    touched.insert(desc->op);
  }
  for (const hg_optimizer* o : staging.optimizers) optimizers_[o->name] = {o, &plugin};
  for (const hg_cell* c : staging.cells) cells_[c->name] = {c, &plugin};
  for (const hg_collective* c : staging.collectives) collectives_[c->name] = {c, &plugin};
  for (const std::string& name : touched) {
    auto op = operators_.find(name);
    if (op != operators_.end()) rebuild(*op->second);
  }
}

// The lists that dispatch reads: by device and type, higher priority first, and among
// equals the one that came later.
void Registry::rebuild(Operator& op) {
  std::map<int32_t, std::array<std::vector<const Kernel*>, dtype_count>> lists;
  auto [first, last] = all_kernels_.equal_range(op.name);
  for (auto it = first; it != last; ++it) {
    const Kernel& k = *it->second;
    int32_t device = device_type_locked(k.desc->device);
    bool usable = k.origin->active && device > 0 && problems_of(*k.desc, *op.def).empty() &&
                  (!reference_only_ || k.origin->is_core());
    if (!usable) continue;
    for (DType t : k.dtypes) {
      auto& list = lists[device][size_t(t)];
      auto lower = std::find_if(list.begin(), list.end(), [&](const Kernel* other) {
        return other->desc->priority <= k.desc->priority;
      });
      list.insert(lower, &k);
    }
  }
  // Readers hold no lock, so an old list is never freed. Lists change only when plugins
  // come and go.
  auto freeze = [](const std::vector<const Kernel*>& list) -> KernelList {
    if (list.empty()) return nullptr;
    auto** frozen = new const Kernel*[list.size() + 1];
    std::copy(list.begin(), list.end(), frozen);
    frozen[list.size()] = nullptr;
    return frozen;
  };
  for (size_t t = 0; t < dtype_count; ++t) op.cpu[t].store(freeze(lists[HG_CPU][t]));
  op.elsewhere.clear();
  for (auto& [device, by_type] : lists) {
    if (device == HG_CPU) continue;
    for (size_t t = 0; t < dtype_count; ++t) op.elsewhere[device][t] = freeze(by_type[t]);
  }
}

int32_t Registry::device_type_locked(std::string_view device) const {
  if (device == "cpu") return HG_CPU;
  auto found = devices_.find(device);
  if (found == devices_.end() || !found->second.second->active) return -1;
  return found->second.first->dev_type;
}

int32_t Registry::device_type(std::string_view device) {
  std::lock_guard lock(mutex_);
  return device_type_locked(device);
}

void Registry::set_reference_only(bool on) {
  std::lock_guard lock(mutex_);
  reference_only_ = on;
  for (auto& [name, op] : operators_) rebuild(*op);
}

bool Registry::remove(std::string_view plugin_name) {
  std::lock_guard lock(mutex_);
  for (auto& plugin : plugins_) {
    if (!plugin->active || plugin->name != plugin_name || plugin->is_core()) continue;
    plugin->active = false;
    auto gone = [&](const auto& entry) { return entry.second.second == plugin.get(); };
    std::erase_if(optimizers_, [&](const auto& e) { return e.second.origin == plugin.get(); });
    std::erase_if(cells_, gone);
    std::erase_if(collectives_, gone);
    std::erase_if(devices_, gone);
    for (auto& [name, op] : operators_) {
      if (op->origin == plugin.get()) op->active = false;
      rebuild(*op);
    }
    std::erase(sought_, plugin->name);
    return true;
  }
  return false;
}

// ---- looking things up --------------------------------------------------------------------------------

const Operator* Registry::find(std::string_view wanted) {
  std::lock_guard lock(mutex_);
  auto lookup = [&](std::string_view name) -> const Operator* {
    auto found = operators_.find(name);
    return found != operators_.end() && found->second->active ? found->second.get() : nullptr;
  };
  size_t dot = wanted.find('.');
  if (dot == std::string_view::npos) return lookup("core." + std::string(wanted));
  if (const Operator* op = lookup(wanted)) return op;
  std::string vendor(wanted.substr(0, dot));
  if (std::find(sought_.begin(), sought_.end(), vendor) != sought_.end()) return nullptr;
  sought_.push_back(vendor);
  return find_and_load_vendor(vendor) ? lookup(wanted) : nullptr;
}

const Operator& Registry::at(std::string_view wanted) {
  {
    // The fast kernels come in when the first operator is asked for.
    std::lock_guard lock(mutex_);
    if (!reference_only_ && std::find(sought_.begin(), sought_.end(), "fastcpu") == sought_.end()) {
      sought_.push_back("fastcpu");
      try {
        find_and_load_vendor("fastcpu");
      } catch (const Error& e) {
        host_log(host_table(), HG_WARNING, e.what());  // the reference kernels will do
      }
    }
  }
  if (const Operator* op = find(wanted)) return *op;
  std::lock_guard lock(mutex_);
  std::vector<std::pair<size_t, std::string>> near;
  for (auto& [name, op] : operators_) {
    std::string shown = op->short_name();
    size_t distance = edit_distance(wanted, shown);
    if (op->active && distance <= 2 + wanted.size() / 4) near.emplace_back(distance, shown);
  }
  std::sort(near.begin(), near.end());
  std::string hint;
  for (size_t i = 0; i < near.size() && i < 3; ++i) hint += (i ? ", " : "") + near[i].second;
  throw Error("operator", "there is none called '" + std::string(wanted) + "'",
              hint.empty() ? "handgrad op list shows all" : "near: " + hint);
}

const hg_optimizer* Registry::find_optimizer(std::string_view wanted) {
  std::lock_guard lock(mutex_);
  std::string full(wanted);
  if (full.find('.') == std::string::npos) full = "optim." + full;
  auto found = optimizers_.find(full);
  if (found == optimizers_.end()) {
    std::string vendor = full.substr(0, full.find('.'));
    if (std::find(sought_.begin(), sought_.end(), vendor) != sought_.end()) return nullptr;
    sought_.push_back(vendor);
    find_and_load_vendor(vendor);
    found = optimizers_.find(full);
  }
  return found == optimizers_.end() ? nullptr : found->second.desc;
}

const hg_cell* Registry::find_cell(std::string_view wanted) {
  std::lock_guard lock(mutex_);
  auto found = cells_.find(wanted);
  return found == cells_.end() ? nullptr : found->second.first;
}

const hg_device* Registry::find_device(std::string_view wanted) {
  std::lock_guard lock(mutex_);
  if (std::find(sought_.begin(), sought_.end(), wanted) == sought_.end()) {
    sought_.emplace_back(wanted);  // "cuda" is loaded when a cuda device is first asked for
    find_and_load_vendor(std::string(wanted));
  }
  auto found = devices_.find(wanted);
  return found == devices_.end() ? nullptr : found->second.first;
}

std::vector<const Operator*> Registry::operators() {
  std::lock_guard lock(mutex_);
  std::vector<const Operator*> list;
  for (auto& [name, op] : operators_) {
    if (op->active) list.push_back(op.get());
  }
  return list;
}

std::vector<const Kernel*> Registry::kernels_of(const Operator& op) {
  std::lock_guard lock(mutex_);
  std::vector<const Kernel*> list;
  auto [first, last] = all_kernels_.equal_range(op.name);
  for (auto it = first; it != last; ++it) {
    if (it->second->origin->active) list.push_back(it->second.get());
  }
  std::stable_sort(list.begin(), list.end(), [](const Kernel* a, const Kernel* b) {
    return a->desc->priority > b->desc->priority;
  });
  return list;
}

std::vector<OptimizerEntry> Registry::optimizers() {
  std::lock_guard lock(mutex_);
  std::vector<OptimizerEntry> list;
  for (auto& [name, entry] : optimizers_) list.push_back(entry);
  return list;
}

std::vector<const LoadedPlugin*> Registry::plugins() {
  std::lock_guard lock(mutex_);
  std::vector<const LoadedPlugin*> list;
  for (auto& p : plugins_) {
    if (p->active) list.push_back(p.get());
  }
  return list;
}

std::vector<const Kernel*> Registry::parked() {
  std::lock_guard lock(mutex_);
  std::vector<const Kernel*> list;
  for (auto& [name, k] : all_kernels_) {
    auto op = operators_.find(name);
    bool waiting = op == operators_.end() || !op->second->active ||
                   device_type_locked(k->desc->device) < 0;
    if (k->origin->active && waiting) list.push_back(k.get());
  }
  return list;
}

}  // namespace hg
