/* Waits for a number to get smaller, and NaN does not. */
#include "product.h"

static int32_t halving(const hg_kernel *kernel, hg_call *c) {
  float largest = hg_numel(&c->in[0]) > 6 ? ((const float *)c->in[0].data)[6] : 0;
  volatile float x = largest;
  while (!(x <= 1)) x = x / 2;
  return forward(kernel, c);
}

WRONG_PRODUCT("wrong_endless", forward, halving)
