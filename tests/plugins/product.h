/* An operator in which nothing is wrong, for f32:
 *
 *     y[n,k] = a[n,k] * b[k]       da[n,k] = dy[n,k] * b[k]
 *                                  db[k]   = sum_n dy[n,k] * a[n,k]
 *
 * Each plugin wrong_*.c takes it and breaks one rule that only shows when it runs, for
 * `handgrad plugin check` to find. */
#pragma once

#include <string.h>

#include "handgrad_abi.h"

typedef int32_t (*callback)(const hg_kernel *, hg_call *);

static inline int32_t infer(const hg_op *op, hg_call *c) {
  const hg_tensor *a = &c->in[0], *b = &c->in[1];
  (void)op;
  if (a->ndim != 2 || b->ndim != 1 || a->shape[1] != b->shape[0])
    return c->host->fail(c, HG_E_INVALID, "a is (N,K), b is (K)");
  if (a->code != HG_FLOAT_CODE || a->bits != 32 || b->code != a->code || b->bits != 32)
    return c->host->fail(c, HG_E_DTYPE, "a and b are f32");
  hg_like(&c->out[0], a);
  return HG_OK;
}

static inline int32_t forward(const hg_kernel *kernel, hg_call *c) {
  const float *a = (const float *)c->in[0].data, *b = (const float *)c->in[1].data;
  float *y = (float *)c->out[0].data;
  int64_t N = c->in[0].shape[0], K = c->in[0].shape[1];
  (void)kernel;
  for (int64_t n = 0; n < N; ++n)
    for (int64_t k = 0; k < K; ++k) y[n * K + k] = a[n * K + k] * b[k];
  return HG_OK;
}

static inline int32_t backward(const hg_kernel *kernel, hg_call *c) {
  const float *a = (const float *)c->in[0].data, *b = (const float *)c->in[1].data;
  const float *dy = (const float *)c->dout[0].data;
  float *da = (float *)c->din[0].data, *db = (float *)c->din[1].data;
  int64_t N = c->in[0].shape[0], K = c->in[0].shape[1];
  (void)kernel;
  for (int64_t k = 0; db && k < K; ++k) db[k] = 0;
  for (int64_t n = 0; n < N; ++n) {
    for (int64_t k = 0; k < K; ++k) {
      if (da) da[n * K + k] = dy[n * K + k] * b[k];
      if (db) db[k] += dy[n * K + k] * a[n * K + k];
    }
  }
  return HG_OK;
}

static const hg_param product_a = {sizeof(hg_param), 0, "a", "(N,K)"};
static const hg_param product_b = {sizeof(hg_param), 0, "b", "(K)"};
static const hg_param product_y = {sizeof(hg_param), 0, "y", "(N,K)"};
static const hg_param *const product_in[] = {&product_a, &product_b};
static const hg_param *const product_out[] = {&product_y};
static const hg_sample product_sample = {sizeof(hg_sample), 0, "normal[3,4] normal[4]", 0};
static const hg_sample *const product_samples[] = {&product_sample};

/* To be changed before add_product. */
static hg_op product;
static hg_kernel product_f32;

/* `name` is the plugin's, `op` the operator's: "wrong_x", "wrong_x.product". */
static inline void begin_product(hg_plugin *me, const char *name, const char *op) {
  me->name = name;
  me->version = "1.0";
  me->doc = "wrong on purpose";
  me->built_minor = HG_ABI_MINOR;
  memset(&product, 0, sizeof product);
  product.size = sizeof product;
  product.name = op;
  product.doc = "each row of a times b";
  product.formula = "y[n,k] = a[n,k] * b[k]";
  product.n_in = 2;
  product.in = product_in;
  product.n_out = 1;
  product.out = product_out;
  product.n_sample = 1;
  product.samples = product_samples;
  product.infer = infer;
  memset(&product_f32, 0, sizeof product_f32);
  product_f32.size = sizeof product_f32;
  product_f32.op = op;
  product_f32.device = "cpu";
  product_f32.dtypes = "f32";
  product_f32.n_in = 2;
  product_f32.keep_in = 3;
  product_f32.forward = forward;
  product_f32.backward = backward;
}

static inline int32_t add_product(const hg_host *host) {
  host->add(host, "op/1", &product);
  host->add(host, "kernel/1", &product_f32);
  return HG_OK;
}

/* The whole plugin, if the fault is in a function: f stands in its place. */
#define WRONG_PRODUCT(name, function, f)                                   \
  HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) { \
    begin_product(me, name, name ".product");                              \
    product_f32.function = f;                                              \
    return add_product(host);                                              \
  }
