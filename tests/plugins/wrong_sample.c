/* Its only sample does not fit its own rule for shapes. */
#include "product.h"

static const hg_sample bad = {sizeof bad, 0, "normal[3,4] normal[3]", 0};
static const hg_sample *const samples[] = {&bad};

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  begin_product(me, "wrong_sample", "wrong_sample.product");
  product.samples = samples;
  return add_product(host);
}
