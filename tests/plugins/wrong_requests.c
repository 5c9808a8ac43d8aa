/* The gradient of b is forgotten if nobody asks for that of a. */
#include "product.h"

static int32_t together(const hg_kernel *kernel, hg_call *c) {
  float *db = (float *)c->din[1].data;
  if (c->din[0].data) return backward(kernel, c);
  for (int64_t k = 0; db && k < c->in[1].shape[0]; ++k) db[k] = 0;
  return HG_OK;
}

WRONG_PRODUCT("wrong_requests", backward, together)
