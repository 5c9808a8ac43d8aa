/* One element more is written than there is. */
#include "product.h"

static int32_t one_too_many(const hg_kernel *kernel, hg_call *c) {
  int32_t status = forward(kernel, c);
  ((float *)c->out[0].data)[hg_numel(&c->out[0])] = 0;
  return status;
}

WRONG_PRODUCT("wrong_past_end", forward, one_too_many)
