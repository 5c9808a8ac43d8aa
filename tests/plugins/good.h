/* Parts of a plugin in which nothing is wrong. Each plugin in this folder that must be
 * refused takes them and breaks one rule. */
#pragma once

#include <string.h>

#include "handgrad_abi.h"

static inline int32_t infer(const hg_op *op, hg_call *c) {
  (void)op;
  hg_like(&c->out[0], &c->in[0]);
  return HG_OK;
}

/* y = 2x */
static inline int32_t forward(const hg_kernel *kernel, hg_call *c) {
  const float *x = (const float *)c->in[0].data;
  float *y = (float *)c->out[0].data;
  (void)kernel;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i) y[i] = 2 * x[i];
  return HG_OK;
}

static inline int32_t backward(const hg_kernel *kernel, hg_call *c) {
  const float *dy = (const float *)c->dout[0].data;
  float *dx = (float *)c->din[0].data;
  (void)kernel;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i) dx[i] = 2 * dy[i];
  return HG_OK;
}

static const hg_param good_x = {sizeof(hg_param), 0, "input", ""};
static const hg_param good_y = {sizeof(hg_param), 0, "output", ""};
static const hg_param *const good_in[] = {&good_x};
static const hg_param *const good_out[] = {&good_y};

static inline hg_op good_op(const char *name) {
  hg_op op;
  memset(&op, 0, sizeof op);
  op.size = sizeof op;
  op.name = name;
  op.doc = "twice the input";
  op.formula = "y = 2x";
  op.n_in = op.n_out = 1;
  op.in = good_in;
  op.out = good_out;
  op.infer = infer;
  return op;
}

static inline hg_kernel good_kernel(const char *op) {
  hg_kernel k;
  memset(&k, 0, sizeof k);
  k.size = sizeof k;
  k.op = op;
  k.device = "cpu";
  k.dtypes = "f32";
  k.n_in = 1;
  k.forward = forward;
  k.backward = backward;
  return k;
}

static inline void introduce(hg_plugin *me, const char *name) {
  me->name = name;
  me->version = "1.0";
  me->doc = "for tests of the loader";
  me->built_minor = HG_ABI_MINOR;
}
