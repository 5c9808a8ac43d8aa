/* Calls a function that nobody defines. */
#include "good.h"

extern int32_t nowhere_to_be_found(void);

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  (void)host;
  introduce(me, "undefined_symbol");
  return nowhere_to_be_found();
}
