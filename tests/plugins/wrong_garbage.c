/* db is added to, and was never 0. */
#include "product.h"

static int32_t adds(const hg_kernel *kernel, hg_call *c) {
  const float *a = (const float *)c->in[0].data, *dy = (const float *)c->dout[0].data;
  float *db = (float *)c->din[1].data, *keep = db;
  int64_t K = c->in[0].shape[1], n = hg_numel(&c->in[0]);
  hg_tensor din[2] = {c->din[0], c->din[1]};
  hg_call other = *c;
  din[1].data = 0;
  other.din = din;
  for (int64_t i = 0; keep && i < n; ++i) db[i % K] += dy[i] * a[i];
  return backward(kernel, &other);
}

WRONG_PRODUCT("wrong_garbage", backward, adds)
