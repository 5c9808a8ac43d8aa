/* Nothing is wrong, but b is kept for a backward that does not read it. */
#include "product.h"

static int32_t twice(const hg_kernel *kernel, hg_call *c) {
  const float *a = (const float *)c->in[0].data;
  float *y = (float *)c->out[0].data;
  (void)kernel;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i) y[i] = a[i] * a[i];
  return HG_OK;
}
static int32_t twice_back(const hg_kernel *kernel, hg_call *c) {
  const float *a = (const float *)c->in[0].data, *dy = (const float *)c->dout[0].data;
  float *da = (float *)c->din[0].data, *db = (float *)c->din[1].data;
  (void)kernel;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); da && i < n; ++i) da[i] = 2 * a[i] * dy[i];
  for (int64_t k = 0; db && k < c->in[1].shape[0]; ++k) db[k] = 0;
  return HG_OK;
}

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  begin_product(me, "kept_in_vain", "kept_in_vain.square");
  product_f32.forward = twice;
  product_f32.backward = twice_back;
  return add_product(host);
}
