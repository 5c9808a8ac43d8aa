/* A division by a size, which may be 0. */
#include "product.h"

static int32_t by_blocks(const hg_kernel *kernel, hg_call *c) {
  int64_t rows = 1024 / c->in[0].shape[1];
  return rows < 0 ? HG_E_INTERNAL : forward(kernel, c);
}

WRONG_PRODUCT("wrong_empty", forward, by_blocks)
