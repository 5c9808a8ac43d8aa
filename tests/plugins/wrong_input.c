/* a is scaled where it lies. */
#include "product.h"

static int32_t in_place(const hg_kernel *kernel, hg_call *c) {
  float *a = (float *)c->in[0].data;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i) a[i] *= 2;
  int32_t status = forward(kernel, c);
  float *y = (float *)c->out[0].data;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i) y[i] /= 2;
  return status;
}

WRONG_PRODUCT("wrong_input", forward, in_place)
