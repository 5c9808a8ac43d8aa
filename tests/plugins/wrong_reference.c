/* A fast kernel for an operator of the core: exp(x) by (1 + x/1024)^1024, in f32. */
#include "handgrad_abi.h"

static int32_t forward(const hg_kernel *kernel, hg_call *c) {
  const float *x = (const float *)c->in[0].data;
  float *y = (float *)c->out[0].data;
  (void)kernel;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i) {
    float power = 1 + x[i] / 1024;
    for (int k = 0; k < 10; ++k) power *= power;
    y[i] = power;
  }
  return HG_OK;
}

static int32_t backward(const hg_kernel *kernel, hg_call *c) {
  const float *y = (const float *)c->out[0].data, *dy = (const float *)c->dout[0].data;
  float *dx = (float *)c->din[0].data;
  (void)kernel;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i) dx[i] = y[i] * dy[i];
  return HG_OK;
}

static const hg_kernel fast_exp = {
    .size = sizeof fast_exp, .op = "core.exp", .device = "cpu", .dtypes = "f32",
    .priority = 5, .n_in = 1, .keep_out = 1, .forward = forward, .backward = backward};

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  me->name = "wrong_reference";
  me->version = "1.0";
  me->doc = "wrong on purpose";
  host->add(host, "kernel/1", &fast_exp);
  return HG_OK;
}
