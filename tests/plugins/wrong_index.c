/* y[r] = x[index[r]], whatever the index. */
#include "product.h"

static int32_t infer_pick(const hg_op *op, hg_call *c) {
  const hg_tensor *x = &c->in[0], *index = &c->in[1];
  (void)op;
  if (x->ndim != 1 || index->ndim != 1 || index->code != HG_INT_CODE || index->bits != 64)
    return c->host->fail(c, HG_E_INVALID, "x is (N), index (R) of i64");
  if (x->bits != 32) return c->host->fail(c, HG_E_DTYPE, "x is f32");
  hg_like(&c->out[0], index);
  c->out[0].code = x->code;
  c->out[0].bits = x->bits;
  return HG_OK;
}
static int32_t pick(const hg_kernel *kernel, hg_call *c) {
  const float *x = (const float *)c->in[0].data;
  const int64_t *index = (const int64_t *)c->in[1].data;
  float *y = (float *)c->out[0].data;
  (void)kernel;
  for (int64_t r = 0; r < c->in[1].shape[0]; ++r) y[r] = x[index[r]];
  return HG_OK;
}

static const hg_sample some = {sizeof some, 0, "normal[4] index(4)[3]", 0};
static const hg_sample *const samples[] = {&some};

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  begin_product(me, "wrong_index", "wrong_index.pick");
  product.infer = infer_pick;
  product.samples = samples;
  product.flags = HG_NO_GRAD;
  product_f32.forward = pick;
  product_f32.backward = 0;
  product_f32.keep_in = 0;
  return add_product(host);
}
