/* The gradient of b, which is used in every row, is that of the last row only. */
#include "product.h"

static int32_t no_sum(const hg_kernel *kernel, hg_call *c) {
  const float *a = (const float *)c->in[0].data, *b = (const float *)c->in[1].data;
  const float *dy = (const float *)c->dout[0].data;
  float *da = (float *)c->din[0].data, *db = (float *)c->din[1].data;
  int64_t N = c->in[0].shape[0], K = c->in[0].shape[1];
  (void)kernel;
  for (int64_t k = 0; db && k < K; ++k) db[k] = 0;
  for (int64_t i = 0; i < N * K; ++i) {
    if (da) da[i] = dy[i] * b[i % K];
    if (db) db[i % K] = dy[i] * a[i];
  }
  return HG_OK;
}

WRONG_PRODUCT("wrong_broadcast", backward, no_sum)
