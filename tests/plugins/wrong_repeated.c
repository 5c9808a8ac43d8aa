/* y = a * b of one shape. If both are the same memory, db is left to da. */
#include "product.h"

static int32_t infer_same(const hg_op *op, hg_call *c) {
  (void)op;
  if (c->in[0].ndim != 1 || c->in[1].ndim != 1 || c->in[0].shape[0] != c->in[1].shape[0])
    return c->host->fail(c, HG_E_INVALID, "a is (N), b is (N)");
  if (c->in[0].bits != 32 || c->in[1].bits != 32 || c->in[1].code != HG_FLOAT_CODE)
    return c->host->fail(c, HG_E_DTYPE, "a and b are f32");
  hg_like(&c->out[0], &c->in[0]);
  return HG_OK;
}
static int32_t times(const hg_kernel *kernel, hg_call *c) {
  const float *a = (const float *)c->in[0].data, *b = (const float *)c->in[1].data;
  float *y = (float *)c->out[0].data;
  (void)kernel;
  for (int64_t i = 0; i < c->in[0].shape[0]; ++i) y[i] = a[i] * b[i];
  return HG_OK;
}
static int32_t times_back(const hg_kernel *kernel, hg_call *c) {
  const float *a = (const float *)c->in[0].data, *b = (const float *)c->in[1].data;
  const float *dy = (const float *)c->dout[0].data;
  float *da = (float *)c->din[0].data, *db = (float *)c->din[1].data;
  (void)kernel;
  for (int64_t i = 0; i < c->in[0].shape[0]; ++i) {
    if (da) da[i] = dy[i] * b[i];
    if (db) db[i] = a == b ? 0 : dy[i] * a[i];
  }
  return HG_OK;
}

static const hg_sample some = {sizeof some, 0, "normal[5] normal[5]", 0};
static const hg_sample *const samples[] = {&some};

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  begin_product(me, "wrong_repeated", "wrong_repeated.times");
  product.infer = infer_same;
  product.samples = samples;
  product_f32.forward = times;
  product_f32.backward = times_back;
  return add_product(host);
}
