// The core as a plugin: its entry function is the one that any plugin has.
#include "ops/ops.hpp"

namespace hg {

int32_t core_entry(const hg_host* host, hg_plugin* me) {
  return plugin::enter(host, me, "core", "1.0.0", "the operators of handgrad itself",
                       [](plugin::Plugin& p) {
                         ops::describe_strided(p);
                         ops::describe_views(p);
                       });
}

}  // namespace hg
