/* A device that allocates but cannot free, and a collective that only begins. */
#include "good.h"

static int32_t probe(const hg_device *d, int32_t *count, char *reason, uint64_t room) {
  (void)d, (void)reason, (void)room;
  *count = 1;
  return HG_OK;
}
static int32_t alloc(const hg_device *d, int32_t id, uint64_t bytes, void *stream,
                     void **out) {
  (void)d, (void)id, (void)bytes, (void)stream, (void)out;
  return HG_E_MEMORY;
}
static int32_t init(const hg_collective *c, int32_t rank, int32_t world, hg_kv_get get,
                    hg_kv_put put, void *kv, void **comm) {
  (void)c, (void)rank, (void)world, (void)get, (void)put, (void)kv, (void)comm;
  return HG_OK;
}

static hg_device device;
static hg_collective collective;

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  introduce(me, "half_a_device");
  device.size = sizeof device;
  device.name = "halfway";
  device.dev_type = HG_EXT_DEV;
  device.probe = probe;
  device.alloc = alloc;
  collective.size = sizeof collective;
  collective.name = "half_a_device.ring";
  collective.device = "cpu";
  collective.init = init;
  host->add(host, "device/1", &device);
  host->add(host, "collective/1", &collective);
  return HG_OK;
}
