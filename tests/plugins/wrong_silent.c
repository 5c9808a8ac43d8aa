/* Refuses without saying why. */
#include "product.h"

static int32_t no(const hg_kernel *kernel, hg_call *c) {
  return c->in[0].shape[0] == 1 ? HG_E_INVALID : forward(kernel, c);
}

WRONG_PRODUCT("wrong_silent", forward, no)
