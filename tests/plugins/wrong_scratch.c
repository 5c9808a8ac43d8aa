/* Calls share their scratch memory. */
#include "product.h"

static int32_t in_two_steps(const hg_kernel *kernel, hg_call *c) {
  static float copy[65536];
  const float *a = (const float *)c->in[0].data, *b = (const float *)c->in[1].data;
  float *y = (float *)c->out[0].data;
  int64_t K = c->in[0].shape[1], n = hg_numel(&c->in[0]);
  if (n > 65536) return forward(kernel, c);
  for (int64_t i = 0; i < n; ++i) copy[i] = a[i];
  for (int64_t i = 0; i < n; ++i) y[i] = copy[i] * b[i % K];
  return HG_OK;
}

WRONG_PRODUCT("wrong_scratch", forward, in_two_steps)
