// What the files of this plugin share. Each describes the kernels of one family.
#pragma once

#include <handgrad_plugin.hpp>

#include "isa.hpp"

namespace hg::fastcpu {

using plugin::Call;
using plugin::Plugin;
using plugin::require;

/// Above the core's reference kernels, whose priority is 0.
constexpr int32_t priority = 10;

/// Elements that a thread gets at least: 16384 floats are 64 KiB, some 5 us of memory
/// traffic, a few times what it costs to hand them over.
constexpr int64_t elementwise_grain = 16384;

void describe_activations(Plugin& p);

}  // namespace hg::fastcpu
