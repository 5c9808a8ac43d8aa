/* Gradient descent whose momentum is not in a slot, but in a variable of its own. */
#include "product.h"

static int32_t infer_step(const hg_op *op, hg_call *c) {
  const hg_tensor *p = &c->in[0], *g = &c->in[1];
  (void)op;
  if (p->bits != 32 || g->bits != 32 || p->code != HG_FLOAT_CODE || g->code != p->code)
    return c->host->fail(c, HG_E_DTYPE, "param and grad are f32");
  if (p->ndim != g->ndim || memcmp(p->shape, g->shape, 8 * (size_t)p->ndim) != 0)
    return c->host->fail(c, HG_E_INVALID, "param and grad have one shape");
  return HG_OK;
}
static int32_t step(const hg_kernel *kernel, hg_call *c) {
  static float momentum[64];
  float *p = (float *)c->in[0].data;
  const float *g = (const float *)c->in[1].data;
  (void)kernel;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i) {
    if (c->step == 1) momentum[i % 64] = 0;
    momentum[i % 64] = 0.9f * momentum[i % 64] + g[i];
    p[i] -= 0.1f * momentum[i % 64];
  }
  return HG_OK;
}

static const hg_sample some = {sizeof some, 0, "normal[3] normal[3]", 0};
static const hg_sample *const samples[] = {&some};
static const hg_optimizer optimizer = {.size = sizeof optimizer,
                                       .name = "wrong_optimizer.momentum",
                                       .doc = "",
                                       .formula = "",
                                       .update_op = "wrong_optimizer.step"};

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  begin_product(me, "wrong_optimizer", "wrong_optimizer.step");
  product.flags = HG_NO_GRAD;
  product.writes = 1;
  product.n_out = 0;
  product.infer = infer_step;
  product.samples = samples;
  product_f32.keep_in = 0;
  product_f32.forward = step;
  product_f32.backward = 0;
  host->add(host, "optimizer/1", &optimizer);
  return add_product(host);
}
