/* Kernels that fail the way they should: with a code and a message. */
#include "good.h"

static int32_t refuse(const hg_kernel *kernel, hg_call *c) {
  (void)kernel;
  return c->host->fail(c, HG_E_INVALID, "only even sizes, please");
}
static int32_t shrug(const hg_kernel *kernel, hg_call *c) {
  (void)kernel, (void)c;
  return HG_E_MEMORY;
}

static hg_op loud, quiet;
static hg_kernel with_words, without;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "says_no");
  loud = good_op("says_no.loud");
  quiet = good_op("says_no.quiet");
  with_words = good_kernel("says_no.loud");
  with_words.forward = refuse;
  without = good_kernel("says_no.quiet");
  without.forward = shrug;
  host->add(host, "op/1", &loud);
  host->add(host, "op/1", &quiet);
  host->add(host, "kernel/1", &with_words);
  host->add(host, "kernel/1", &without);
  return HG_OK;
}
