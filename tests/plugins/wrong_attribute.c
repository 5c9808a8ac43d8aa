/* An attribute without bounds is divided by. */
#include "product.h"

static int32_t every_nth(const hg_kernel *kernel, hg_call *c) {
  return c->in[0].shape[1] % c->attr[0].u.i < 0 ? HG_E_INTERNAL : forward(kernel, c);
}

static const hg_attr step = {.size = sizeof step, .kind = HG_INT, .name = "step", .doc = "",
                             .dflt = {HG_INT, 0, {.i = 1}}};
static const hg_attr *const attrs[] = {&step};

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  begin_product(me, "wrong_attribute", "wrong_attribute.product");
  product.attrs = attrs;
  product.n_attr = product_f32.n_attr = 1;
  product_f32.forward = every_nth;
  return add_product(host);
}
