/* Every element of y gets the number of the part of the loop that it was computed in. */
#include "product.h"

typedef struct {
  const hg_kernel *kernel;
  hg_call *c;
} job;

static int32_t part(int64_t begin, int64_t end, int32_t worker, void *user) {
  hg_call *c = ((job *)user)->c;
  const float *a = (const float *)c->in[0].data, *b = (const float *)c->in[1].data;
  float *y = (float *)c->out[0].data;
  int64_t K = c->in[0].shape[1];
  for (int64_t i = begin; i < end; ++i) y[i] = a[i] * b[i % K] * (worker == 0 ? 1 : 1.5f);
  return HG_OK;
}

static int32_t in_parts(const hg_kernel *kernel, hg_call *c) {
  job j = {kernel, c};
  return c->host->parallel_for(c, hg_numel(&c->in[0]), 1000, part, &j);
}

WRONG_PRODUCT("wrong_threads", forward, in_parts)
