/* A good plugin; twin_b claims the same name, and the same operator. */
#include "good.h"

static hg_op op;
static hg_kernel kernel;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "twin");
  op = good_op("twin.twice");
  kernel = good_kernel("twin.twice");
  host->add(host, "op/1", &op);
  host->add(host, "kernel/1", &kernel);
  return HG_OK;
}
