/* Backward is right, and the samples cannot show it: with a scale of 0 nothing depends on
 * anything. */
#include "product.h"

static int32_t scaled(const hg_kernel *kernel, hg_call *c) {
  int32_t status = forward(kernel, c);
  float *y = (float *)c->out[0].data, s = (float)c->attr[0].u.f;
  for (int64_t i = 0, n = hg_numel(&c->out[0]); i < n; ++i) y[i] = s == 0 ? 0 : y[i] * s;
  return status;
}
static int32_t scaled_back(const hg_kernel *kernel, hg_call *c) {
  int32_t status = backward(kernel, c);
  float s = (float)c->attr[0].u.f;
  for (int i = 0; i < 2; ++i) {
    float *d = (float *)c->din[i].data;
    for (int64_t k = 0, n = hg_numel(&c->in[i]); d && k < n; ++k) {
      d[k] = s == 0 ? 0 : d[k] * s;
    }
  }
  return status;
}

static const hg_attr scale = {.size = sizeof scale, .kind = HG_FLOAT, .name = "scale",
                              .doc = "", .dflt = {HG_FLOAT, 0, {.f = 0}}};
static const hg_attr *const attrs[] = {&scale};

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  begin_product(me, "wrong_flat", "wrong_flat.product");
  product.attrs = attrs;
  product.n_attr = product_f32.n_attr = 1;
  product_f32.forward = scaled;
  product_f32.backward = scaled_back;
  return add_product(host);
}
