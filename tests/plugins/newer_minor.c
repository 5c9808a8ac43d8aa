/* Needs functions that were added to the host later. */
#include "good.h"

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  (void)host;
  introduce(me, "newer_minor");
  me->needs_minor = me->built_minor = HG_ABI_MINOR + 1;
  return HG_OK;
}
