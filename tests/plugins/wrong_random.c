/* The result depends on how many came before. */
#include "product.h"

static int32_t drifting(const hg_kernel *kernel, hg_call *c) {
  static int calls;
  int32_t status = forward(kernel, c);
  float *y = (float *)c->out[0].data;
  if (hg_numel(&c->out[0]) > 0) y[0] += 1e-3f * (float)++calls;
  return status;
}

WRONG_PRODUCT("wrong_random", forward, drifting)
