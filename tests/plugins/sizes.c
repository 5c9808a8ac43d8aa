/* Structs whose size was not set, is too small, or cannot be. */
#include "good.h"

static hg_op unset, small, huge, odd;
static hg_kernel kernel;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "sizes");
  unset = good_op("sizes.unset");
  small = good_op("sizes.small");
  huge = good_op("sizes.huge");
  odd = good_op("sizes.odd");
  unset.size = 0;
  small.size = sizeof small - 8;
  huge.size = 1u << 20;
  odd.size = sizeof odd + 3;
  kernel = good_kernel("sizes.odd");
  kernel.size = 16;
  host->add(host, "op/1", &unset);
  host->add(host, "op/1", &small);
  host->add(host, "op/1", &huge);
  host->add(host, "op/1", &odd);
  host->add(host, "kernel/1", &kernel);
  return HG_OK;
}
