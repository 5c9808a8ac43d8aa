/* Leaves, and takes everybody along. */
#include <stdlib.h>

#include "product.h"

static int32_t leave(const hg_kernel *kernel, hg_call *c) {
  if (c->in[0].shape[0] == 1) exit(0);
  return forward(kernel, c);
}

WRONG_PRODUCT("wrong_exit", forward, leave)
