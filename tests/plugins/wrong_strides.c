/* Says that it follows strides, and reads row-major memory. */
#include "product.h"

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  begin_product(me, "wrong_strides", "wrong_strides.product");
  product_f32.flags = HG_STRIDED_OK;
  return add_product(host);
}
