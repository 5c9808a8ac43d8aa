// What the files of this plugin share. Each describes the kernels of one family.
#pragma once

#include <handgrad_plugin.hpp>

#include "isa.hpp"
#include "round.hpp"

namespace hg::fastcpu {

using plugin::Call;
using plugin::Plugin;
using plugin::require;

/// Above the core's reference kernels, whose priority is 0.
constexpr int32_t priority = 10;

/// Elements that a thread gets at least: 16384 floats are 64 KiB, some 5 us of memory
/// traffic, a few times what it costs to hand them over.
constexpr int64_t elementwise_grain = 16384;

/// From a plan: not for this kernel, the next one is asked.
[[noreturn]] inline void decline() { throw plugin::Failure(HG_DECLINE, {}); }

void describe_activations(Plugin& p);
void describe_layer_norm(Plugin& p);
void describe_loss(Plugin& p);
void describe_reduce(Plugin& p);
void describe_softmax(Plugin& p);
void describe_arithmetic(Plugin& p);
void describe_linear(Plugin& p);
void describe_matmul(Plugin& p);
void describe_batch_norm(Plugin& p);
void describe_conv(Plugin& p);
void describe_copy(Plugin& p);
void describe_dropout(Plugin& p);
void describe_elementary(Plugin& p);
void describe_optim(Plugin& p);
void describe_pool(Plugin& p);

}  // namespace hg::fastcpu
