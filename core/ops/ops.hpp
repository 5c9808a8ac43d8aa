// The core's operators, one function a file; each describes its operators and kernels.
#pragma once

#include "handgrad_plugin.hpp"
#include "host/dispatch.hpp"

namespace hg::plugin {
template <> struct TypeName<Half> { static constexpr const char* value = "f16"; };
template <> struct TypeName<BFloat16> { static constexpr const char* value = "bf16"; };
}  // namespace hg::plugin

namespace hg::ops {

// element by element
void describe_add(plugin::Plugin& p);
void describe_clamp(plugin::Plugin& p);
void describe_compare(plugin::Plugin& p);
void describe_copy(plugin::Plugin& p);
void describe_div(plugin::Plugin& p);
void describe_exp(plugin::Plugin& p);
void describe_logic(plugin::Plugin& p);
void describe_maximum(plugin::Plugin& p);
void describe_mul(plugin::Plugin& p);
void describe_pow(plugin::Plugin& p);
void describe_relu(plugin::Plugin& p);
void describe_remainder(plugin::Plugin& p);
void describe_sigmoid(plugin::Plugin& p);
void describe_sign(plugin::Plugin& p);
void describe_sin(plugin::Plugin& p);
void describe_sqrt(plugin::Plugin& p);
void describe_where(plugin::Plugin& p);

// views
void describe_strided(plugin::Plugin& p);
void describe_views(plugin::Plugin& p);

}  // namespace hg::ops
