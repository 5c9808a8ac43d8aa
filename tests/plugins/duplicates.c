/* Defines an operator twice, and a kernel twice for one type. */
#include "good.h"

static hg_op a, b;
static hg_kernel k, l;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "duplicates");
  a = b = good_op("duplicates.twice");
  k = l = good_kernel("duplicates.twice");
  l.dtypes = "f64,f32";
  host->add(host, "op/1", &a);
  host->add(host, "op/1", &b);
  host->add(host, "kernel/1", &k);
  host->add(host, "kernel/1", &l);
  return HG_OK;
}
