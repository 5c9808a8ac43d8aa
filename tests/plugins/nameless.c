/* Says neither its name nor its version. */
#include "good.h"

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  (void)host;
  (void)me;
  return HG_OK;
}
