/* Gives up without a word. */
#include "good.h"

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  (void)host;
  introduce(me, "entry_status");
  return HG_E_DEVICE;
}
