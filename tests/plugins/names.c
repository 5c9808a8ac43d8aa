/* Operators whose names are not its to give. */
#include "good.h"

static hg_op core, bare, foreign, loud;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "names");
  core = good_op("core.twice");
  bare = good_op("twice");
  foreign = good_op("acme.twice");
  loud = good_op("names.Twice!");
  host->add(host, "op/1", &core);
  host->add(host, "op/1", &bare);
  host->add(host, "op/1", &foreign);
  host->add(host, "op/1", &loud);
  return HG_OK;
}
