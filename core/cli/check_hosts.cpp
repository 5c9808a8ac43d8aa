// Older and newer hosts.
//
// Within major version 1 the host table only grows. A plugin built today must work with a
// core of version 1.0, whose table ends where it ended then, and with one to come, whose
// table goes on with what nobody knows yet. Both are made here: behind the old table lies a
// page that must not be touched, behind the new one lie numbers that are no addresses.
#include <cstring>

#include "cli/check_tests.hpp"
#include "host/abi_layout.hpp"

namespace hg::cli::check {
namespace {

// What an entry function adds, as a list that can be compared.
thread_local std::vector<std::string> added, complaints;

int32_t note_added(const hg_host*, const char* kind, const void* descriptor) {
  const char* name;  // in every kind of descriptor the first thing after size and flags
  std::memcpy(&name, static_cast<const char*>(descriptor) + 8, sizeof name);
  added.push_back(std::string(kind) + " " + (name ? name : "(no name)"));
  return HG_OK;
}

int32_t note_failure(hg_call* call, int32_t code, const char* message) {
  if (call) return host_table()->fail(call, code, message);
  complaints.push_back(message ? message : "(no message)");
  return code;
}

class Table {
 public:
  Table(const char* name, uint32_t size, uint16_t minor, uint8_t tail)
      : memory_(name, size, Place::against_end) {
    std::memset(memory_.data(), tail, size);
    hg_host table = *host_table();
    table.size = size;
    table.minor = minor;
    table.add = note_added;
    table.fail = note_failure;
    std::memcpy(memory_.data(), &table, std::min<size_t>(size, sizeof table));
  }
  const hg_host* get() const { return reinterpret_cast<const hg_host*>(memory_.data()); }

 private:
  Guarded memory_;
};

Table old_table() { return Table("the host table of version 1.0", abi::host_v1_0, 0, 0); }
Table new_table() {
  return Table("the host table", uint32_t(sizeof(hg_host)) + 128, HG_ABI_MINOR + 7, 0xdb);
}

// A plugin's words about itself, in a struct that may be longer than it knows.
struct LongerPlugin {
  hg_plugin me{};
  unsigned char tail[32];
};

std::vector<std::string> enter(hg_entry entry, const Table& table, uint32_t plugin_size,
                               Log& log) {
  added.clear();
  complaints.clear();
  LongerPlugin longer;
  std::memset(longer.tail, 0xdb, sizeof longer.tail);
  longer.me.size = plugin_size;
  int32_t status = entry(table.get(), &longer.me);
  log.checked();
  if (status != HG_OK || !complaints.empty()) {
    log.finding("the entry function returned status " + std::to_string(status) +
                (complaints.empty() ? "" : ": " + complaints[0]));
  } else if (longer.me.needs_minor > 0 && plugin_size == abi::plugin_v1_0) {
    log.note("it needs version 1." + std::to_string(longer.me.needs_minor) +
             ": an older core will refuse it, and say so");
  }
  return added;
}

void compare(const char* test, const std::vector<std::string>& today,
             const std::vector<std::string>& then, Log& log) {
  for (size_t i = 0; i < today.size() && log.clean(); ++i) {
    if (i < then.size() && then[i] == today[i]) continue;
    log.finding(test, "", "it does not add " + today[i] + " there");
  }
}

}  // namespace

void test_entry_hosts(hg_entry entry, Log& log) {
  Table today("today's host table", sizeof(hg_host), HG_ABI_MINOR, 0);
  std::vector<std::string> expected = enter(entry, today, sizeof(hg_plugin), log);
  log.at("old host", "entry function");
  compare("old host", expected, enter(entry, old_table(), abi::plugin_v1_0, log), log);
  log.at("new host", "entry function");
  compare("new host", expected, enter(entry, new_table(), sizeof(LongerPlugin), log), log);
}

void test_kernel_hosts(const Subject& s, Log& log) {
  auto with_table = [&](const char* test, const Table& table) {
    for_each_sample(s, log, test, [&](const Arguments& a) {
      std::optional<Result> today = Trial::run(s, a);
      std::optional<Result> then = Trial::run(s, a, {.host = table.get()});
      log.checked();
      for (size_t i = 0; today && i < today->out.size(); ++i) {
        double room = s.has(HG_NONDETERMINISTIC) ? 1e-3 * today->out[i].largest() : 0;
        if (then && !worst_difference(today->out[i], then->out[i], room)) continue;
        log.finding("the result is another than with today's host");
        return;
      }
    });
  };
  with_table("old host", old_table());
  with_table("new host", new_table());
}

}  // namespace hg::cli::check
