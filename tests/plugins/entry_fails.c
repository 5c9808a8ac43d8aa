/* Finds something missing, and says so. */
#include "good.h"

static hg_op op;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "entry_fails");
  op = good_op("entry_fails.twice");
  host->add(host, "op/1", &op);
  return host->fail(NULL, HG_E_DEVICE, "the driver is too old: found 4.1, needed 5.0");
}
