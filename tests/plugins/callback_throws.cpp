// Lets an exception out of a kernel: the program must end with the culprit's name.
#include <stdexcept>

#include "good.h"

static int32_t thrower(const hg_kernel*, hg_call*) {
  throw std::runtime_error("lost count");
}

static hg_op op;
static hg_kernel kernel;

extern "C" HG_EXPORT int32_t handgrad_plugin_v1(const hg_host* host, hg_plugin* me) {
  introduce(me, "callback_throws");
  op = good_op("callback_throws.twice");
  kernel = good_kernel("callback_throws.twice");
  kernel.forward = thrower;
  host->add(host, "op/1", &op);
  host->add(host, "kernel/1", &kernel);
  return HG_OK;
}
