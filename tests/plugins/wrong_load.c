/* Crashes in its entry function. */
#include "handgrad_abi.h"

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  const char *volatile nothing = 0;
  me->name = "wrong_load";
  (void)host;
  return *nothing;
}
