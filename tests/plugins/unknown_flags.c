/* Sets bits that this version gives no meaning. */
#include "good.h"

static hg_op op;
static hg_kernel kernel;
static hg_param input;
static const hg_param *const in[] = {&input};

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "unknown_flags");
  input = good_x;
  input.flags = 1u << 7;
  op = good_op("unknown_flags.twice");
  op.flags = 1u << 30;
  op.in = in;
  op.promotion = 9;
  op.autocast = 9;
  kernel = good_kernel("unknown_flags.twice");
  kernel.flags = 1u << 31;
  host->add(host, "op/1", &op);
  host->add(host, "kernel/1", &kernel);
  host->add(host, "layer/1", &op);
  host->add(host, "op/1", NULL);
  return HG_OK;
}
