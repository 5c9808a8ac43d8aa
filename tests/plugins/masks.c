/* Masks that name inputs and outputs which are not there; counts without end. */
#include "good.h"

static hg_op op, many;
static hg_kernel kernel;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "masks");
  op = good_op("masks.twice");
  op.nondiff_in = 1u << 1;
  op.nondiff_out = 1u << 2;
  op.writes = 1u << 3;
  op.promote_in = 6;
  kernel = good_kernel("masks.twice");
  kernel.keep_in = 2;
  kernel.keep_out = 2;
  kernel.pass_dout = 2;
  kernel.may_alias = 2;
  many = good_op("masks.many");
  many.n_in = 1000000;
  many.n_attr = 65;
  host->add(host, "op/1", &op);
  host->add(host, "kernel/1", &kernel);
  host->add(host, "op/1", &many);
  return HG_OK;
}
