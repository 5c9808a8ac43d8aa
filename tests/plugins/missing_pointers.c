/* Leaves out what must be there. */
#include "good.h"

static hg_op no_infer, no_inputs, silent;
static hg_kernel empty, typeless;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "missing_pointers");
  no_infer = good_op("missing_pointers.no_infer");
  no_infer.infer = NULL;
  no_inputs = good_op("missing_pointers.no_inputs");
  no_inputs.in = NULL;
  silent = good_op("missing_pointers.silent");
  silent.n_out = 0;
  empty.size = sizeof empty;
  typeless = good_kernel("missing_pointers.silent");
  typeless.dtypes = "f32,f99";
  host->add(host, "op/1", &no_infer);
  host->add(host, "op/1", &no_inputs);
  host->add(host, "op/1", &silent);
  host->add(host, "kernel/1", &empty);
  host->add(host, "kernel/1", &typeless);
  return HG_OK;
}
