// The table of functions that a plugin gets, and the smallest of them.
#include "host/host.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "host/registry.hpp"

namespace hg {

void host_log(const hg_host*, int32_t level, const char* message) {
  const char* names[] = {"debug", "info", "warning"};
  if (level < HG_INFO && !std::getenv("HANDGRAD_DEBUG")) return;
  std::fprintf(stderr, "handgrad: %s: %s\n", names[std::clamp(level, 0, 2)],
               message ? message : "");
}

// Extensions of the host are asked for by name; version 1.0 has none yet.
const void* host_query(const hg_host*, const char*) { return nullptr; }

const hg_host* host_table() {
  static const hg_host host = {sizeof(hg_host),   HG_ABI_MAJOR, HG_ABI_MINOR,    nullptr,
                               host_add,          host_fail,    host_log,        host_query,
                               host_scratch,      host_save,    host_resize_out, host_gemm,
                               host_parallel_for, host_closure};
  return &host;
}

}  // namespace hg
