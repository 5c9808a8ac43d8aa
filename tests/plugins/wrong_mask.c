/* Only a is kept. Without b, backward computes something all the same. */
#include "product.h"

static const float ones[4096] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static int32_t makes_do(const hg_kernel *kernel, hg_call *c) {
  hg_tensor in[2] = {c->in[0], c->in[1]};
  hg_call other = *c;
  if (!in[1].data && in[1].shape[0] <= 4096) in[1].data = (void *)ones;
  other.in = in;
  return backward(kernel, &other);
}

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  begin_product(me, "wrong_mask", "wrong_mask.product");
  product_f32.keep_in = 1;
  product_f32.backward = makes_do;
  return add_product(host);
}
