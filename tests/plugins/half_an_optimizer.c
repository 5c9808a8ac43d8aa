/* Optimizers and a cell with parts missing. */
#include "good.h"

static const hg_slot slot = {sizeof(hg_slot), 1u << 9, "m", NULL, 0, "momentum", NULL};
static const hg_slot *const slots[] = {&slot, NULL};
static hg_optimizer idle, many;
static hg_cell cell;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "half_an_optimizer");
  idle.size = sizeof idle;
  idle.name = "half_an_optimizer.idle";
  idle.n_slot = 2;
  idle.slots = slots;
  many.size = sizeof many;
  many.name = "half_an_optimizer.many";
  many.update_op = "half_an_optimizer.step";
  many.n_slot = 1;
  cell.size = sizeof cell;
  cell.name = "half_an_optimizer.cell";
  cell.output = 2;
  host->add(host, "optimizer/1", &idle);
  host->add(host, "optimizer/1", &many);
  host->add(host, "cell/1", &cell);
  return HG_OK;
}
