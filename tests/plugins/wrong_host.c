/* Works only with a host exactly like the one it was built with. */
#include "product.h"

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  if (host->size != sizeof *host)
    return host->fail(0, HG_E_INTERNAL, "this host has another size");
  begin_product(me, "wrong_host", "wrong_host.product");
  return add_product(host);
}
