/* An operator that draws random numbers: y[i] = x[i] + u[i], u uniform in [0,1). */
#include "good.h"

static int32_t add_noise(const hg_kernel *kernel, hg_call *c) {
  const float *x = (const float *)c->in[0].data;
  float *y = (float *)c->out[0].data;
  (void)kernel;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i) {
    y[i] = x[i] + (float)(hg_philox(c->seed, (uint64_t)i) >> 8) * 0x1p-24f;
  }
  return HG_OK;
}

static int32_t pass_on(const hg_kernel *kernel, hg_call *c) {
  (void)kernel;
  memcpy(c->din[0].data, c->dout[0].data, (size_t)hg_numel(&c->in[0]) * sizeof(float));
  return HG_OK;
}

static hg_op op;
static hg_kernel kernel;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "noise");
  op = good_op("noise.add");
  op.flags = HG_RANDOM;
  kernel = good_kernel("noise.add");
  kernel.forward = add_noise;
  kernel.backward = pass_on;
  host->add(host, "op/1", &op);
  host->add(host, "kernel/1", &kernel);
  return HG_OK;
}
