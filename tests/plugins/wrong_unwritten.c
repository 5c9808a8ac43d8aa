/* The last element of the result is never written. */
#include "product.h"

static int32_t all_but_one(const hg_kernel *kernel, hg_call *c) {
  const float *a = (const float *)c->in[0].data, *b = (const float *)c->in[1].data;
  float *y = (float *)c->out[0].data;
  int64_t N = c->in[0].shape[0], K = c->in[0].shape[1];
  (void)kernel;
  for (int64_t i = 0; i < N * K - 1; ++i) y[i] = a[i] * b[i % K];
  return HG_OK;
}

WRONG_PRODUCT("wrong_unwritten", forward, all_but_one)
