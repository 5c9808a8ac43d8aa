/* Speaks a version of the ABI that this core does not. */
#include "good.h"

HG_EXPORT int32_t handgrad_plugin_v2(const hg_host *host, hg_plugin *me) {
  (void)host;
  introduce(me, "other_major");
  return HG_OK;
}
