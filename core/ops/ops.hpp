// The core's operators, one function a file; each describes its operators and kernels.
#pragma once

#include "handgrad_plugin.hpp"
#include "host/dispatch.hpp"

namespace hg::ops {

void describe_strided(plugin::Plugin& p);
void describe_views(plugin::Plugin& p);

}  // namespace hg::ops
