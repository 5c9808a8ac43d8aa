#include "host/registry.hpp"

#include <algorithm>
#include <cctype>
#include <deque>
#include <set>
#include <utility>

#include "host/host.hpp"
#include "host/staging.hpp"
#include "host/validate.hpp"
#include "tensor/error.hpp"

namespace hg {

int32_t core_entry(const hg_host* host, hg_plugin* me);  // ops/all.cpp
bool find_and_load_vendor(const std::string& vendor);    // host/loader.cpp

namespace {

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

// ---- operators --------------------------------------------------------------------------

const std::string& grad_name(const Operator& op) { return op.grad_name; }

std::string Operator::short_name() const {
  return name.starts_with("core.") ? name.substr(5) : name;
}

KernelList Operator::kernels(int32_t device, DType t) const {
  if (device == HG_CPU) return cpu[size_t(t)].load(std::memory_order_acquire);
  auto found = elsewhere.find(device);
  return found == elsewhere.end() ? nullptr : found->second[size_t(t)];
}

// ---- the registry -----------------------------------------------------------------------

Registry& Registry::get() {
  static Registry* registry = new Registry;  // never destroyed: graphs point into it
  return *registry;
}

Registry::Registry() { admit(core_entry, {}, 0, 0); }

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
    bool reference = k.origin == op.origin && !(op.def->flags & HG_COMPOSED);
    bool usable = k.origin->active && device > 0 && problems_of(*k.desc, *op.def).empty() &&
                  (!reference_only_ || reference);
    if (!usable) continue;
    for (DType t : k.dtypes) {
      auto& list = lists[device][size_t(t)];
      auto lower = std::find_if(list.begin(), list.end(), [&](const Kernel* other) {
        return other->desc->priority <= k.desc->priority;
      });
      list.insert(lower, &k);
    }
  }
  // Readers hold no lock, so a list is kept when a newer one takes its place. Lists change
  // only when plugins come and go.
  static auto* every_list = new std::deque<std::vector<const Kernel*>>;
  auto freeze = [](std::vector<const Kernel*> list) -> KernelList {
    if (list.empty()) return nullptr;
    list.push_back(nullptr);
    return every_list->emplace_back(std::move(list)).data();
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
    std::erase_if(optimizers_,
                  [&](const auto& e) { return e.second.origin == plugin.get(); });
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

// ---- looking things up ------------------------------------------------------------------

const Operator* Registry::find(std::string_view wanted) {
  std::lock_guard lock(mutex_);
  auto lookup = [&](std::string_view name) -> const Operator* {
    auto found = operators_.find(name);
    return found != operators_.end() && found->second->active ? found->second.get()
                                                              : nullptr;
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
    if (!reference_only_ &&
        std::find(sought_.begin(), sought_.end(), "fastcpu") == sought_.end()) {
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
  for (size_t i = 0; i < near.size() && i < 3; ++i)
    hint += (i ? ", " : "") + near[i].second;
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
