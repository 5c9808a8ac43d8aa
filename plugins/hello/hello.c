/* hello: a whole plugin, with one operator. Copy me.
 *
 * swish (Ramachandran, Zoph, Le 2017) lets large numbers pass and holds small ones back:
 *
 *     y[i] = x[i] * s[i]            s[i] = 1 / (1 + exp(-b*x[i]))
 *
 * x[i] reaches the loss through y[i] alone, but on two paths: as the factor, and inside
 * s[i], whose slope is b*s[i]*(1 - s[i]). Their sum, with dy[i] = dL/dy[i]:
 *
 *     dx[i] = dy[i] * s[i] * (1 + b*x[i]*(1 - s[i]))                                (*)
 *
 * Check by thought: with b = 0 every s is 1/2, so y = x/2, and (*) says dy/2. */
#include <math.h>
#include "handgrad_abi.h"

static float sigmoid(float x) { return 1 / (1 + expf(-x)); }

static int32_t infer(const hg_op *op, hg_call *c) { /* what shape and type has y? */
  hg_like(&c->out[0], &c->in[0]);
  return (void)op, HG_OK;
}
static int32_t forward(const hg_kernel *kernel, hg_call *c) {
  const float *x = c->in[0].data, b = (float)c->attr[0].u.f;
  float *y = c->out[0].data;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i)
    y[i] = x[i] * sigmoid(b * x[i]);
  return (void)kernel, HG_OK;
}
static int32_t backward(const hg_kernel *kernel, hg_call *c) {
  const float *x = c->in[0].data, *dy = c->dout[0].data, b = (float)c->attr[0].u.f;
  float *dx = c->din[0].data;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i) {
    float s = sigmoid(b * x[i]);
    dx[i] = dy[i] * s * (1 + b * x[i] * (1 - s)); /* (*) */
  }
  return (void)kernel, HG_OK;
}

static const hg_param x = {sizeof x, 0, "input", "any shape"}, *const in[] = {&x};
static const hg_param y = {sizeof y, 0, "output", "same shape"}, *const out[] = {&y};
static const hg_attr beta = {sizeof beta, HG_FLOAT, "beta", "b: how sharp the bend is",
    .dflt = {HG_FLOAT, 0, {.f = 1}}}, *const attrs[] = {&beta};
static const hg_sample sample = {sizeof sample, 0, "normal[3,4]", "{\"beta\": 1.5}"},
    *const samples[] = {&sample}; /* `handgrad plugin check` makes its tests of these */
static const hg_op swish = {.size = sizeof swish, .name = "hello.swish", .infer = infer,
    .doc = "x times its own sigmoid", .formula = "y = x / (1 + exp(-beta*x))", .n_in = 1,
    .in = in, .n_out = 1, .out = out, .n_attr = 1, .attrs = attrs, .n_sample = 1,
    .samples = samples};
static const hg_kernel swish_f32 = {.size = sizeof swish_f32, .op = "hello.swish",
    .device = "cpu", .dtypes = "f32", .n_in = 1, .n_attr = 1, .forward = forward,
    .backward = backward, .keep_in = 1}; /* bit 0: backward reads input 0 */

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  me->name = "hello", me->version = "1.0", me->doc = "One operator, to copy";
  me->built_minor = HG_ABI_MINOR;
  host->add(host, "op/1", &swish);
  host->add(host, "kernel/1", &swish_f32);
  return HG_OK; /* if add refused something, the core knows: it takes nothing, says why */
}
