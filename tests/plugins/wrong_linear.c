/* Gradients are clipped to [-1, 1] on the way. */
#include "product.h"

static int32_t clipped(const hg_kernel *kernel, hg_call *c) {
  int32_t status = backward(kernel, c);
  float *da = (float *)c->din[0].data;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); da && i < n; ++i)
    da[i] = da[i] > 1 ? 1 : da[i] < -1 ? -1 : da[i];
  return status;
}

WRONG_PRODUCT("wrong_linear", backward, clipped)
