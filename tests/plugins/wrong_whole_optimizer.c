/* An optimizer that steps all parameters together, with the count of steps in a variable
 * where call->step should be. */
#include "product.h"

static int32_t step_all(const hg_optimizer *o, hg_call *c) {
  static int steps;
  double loss = 0;
  int32_t status = c->host->closure(c, &loss);
  float rate = 0.1f / (float)++steps;
  (void)o;
  for (uint32_t i = 0; status == HG_OK && i < c->n_in; ++i) {
    float *p = (float *)c->in[i].data;
    const float *g = (const float *)c->dout[i].data;
    for (int64_t k = 0, n = hg_numel(&c->in[i]); k < n; ++k) p[k] -= rate * g[k];
  }
  return status;
}

static const hg_optimizer optimizer = {.size = sizeof optimizer,
                                       .name = "wrong_whole_optimizer.decay",
                                       .doc = "",
                                       .formula = "",
                                       .step_all = step_all};

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  me->name = "wrong_whole_optimizer";
  me->version = "1.0";
  me->doc = "wrong on purpose";
  host->add(host, "optimizer/1", &optimizer);
  return HG_OK;
}
