// Lets an exception out of its entry function.
#include <stdexcept>

#include "good.h"

extern "C" HG_EXPORT int32_t handgrad_plugin_v1(const hg_host*, hg_plugin* me) {
  introduce(me, "entry_throws");
  throw std::runtime_error("no licence found");
}
