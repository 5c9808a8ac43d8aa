/* Kernels that wait: for an operator, and for a device. Nothing is wrong with that. */
#include "good.h"

static hg_op op;
static hg_kernel early, elsewhere;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "parked");
  op = good_op("parked.twice");
  early = good_kernel("twin.twice");
  early.priority = 5;
  elsewhere = good_kernel("parked.twice");
  elsewhere.device = "quantum";
  host->add(host, "kernel/1", &early);
  host->add(host, "op/1", &op);
  host->add(host, "kernel/1", &elsewhere);
  return HG_OK;
}
