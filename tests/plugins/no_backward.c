/* A differentiable operator without a backward, and the opposite. */
#include "good.h"

static hg_op smooth, rounded;
static hg_kernel without, with;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "no_backward");
  smooth = good_op("no_backward.smooth");
  rounded = good_op("no_backward.rounded");
  rounded.flags = HG_NO_GRAD;
  without = good_kernel("no_backward.smooth");
  without.backward = NULL;
  with = good_kernel("no_backward.rounded");
  host->add(host, "op/1", &smooth);
  host->add(host, "op/1", &rounded);
  host->add(host, "kernel/1", &without);
  host->add(host, "kernel/1", &with);
  return HG_OK;
}
