/* backward reads a and b, and nothing is kept for it. */
#include "product.h"

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  begin_product(me, "wrong_unkept", "wrong_unkept.product");
  product_f32.keep_in = 0;
  return add_product(host);
}
