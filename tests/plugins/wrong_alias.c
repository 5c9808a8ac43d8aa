/* Says that y may lie in a's memory, and writes y from the back while it reads a from the
 * front. */
#include "product.h"

static int32_t mirrored(const hg_kernel *kernel, hg_call *c) {
  const float *a = (const float *)c->in[0].data;
  float *y = (float *)c->out[0].data;
  int64_t n = hg_numel(&c->in[0]);
  (void)kernel;
  for (int64_t i = 0; i < n; ++i) y[n - 1 - i] = a[i];
  return HG_OK;
}
static int32_t mirrored_back(const hg_kernel *kernel, hg_call *c) {
  const float *dy = (const float *)c->dout[0].data;
  float *da = (float *)c->din[0].data, *db = (float *)c->din[1].data;
  int64_t n = hg_numel(&c->in[0]);
  (void)kernel;
  for (int64_t i = 0; da && i < n; ++i) da[i] = dy[n - 1 - i];
  for (int64_t k = 0; db && k < c->in[1].shape[0]; ++k) db[k] = 0;
  return HG_OK;
}

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  begin_product(me, "wrong_alias", "wrong_alias.mirror");
  product_f32.forward = mirrored;
  product_f32.backward = mirrored_back;
  product_f32.keep_in = 0;
  product_f32.may_alias = 1;
  return add_product(host);
}
