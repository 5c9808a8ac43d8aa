// The kinds of parts that a checkpoint knows: what each of them remembers.
#pragma once

#include "io/checkpoint.hpp"

namespace hg::io {

PartState generator_state(const Generator& g);
/// Throws, and changes nothing, if the state is no generator's.
void load_generator(const PartState& state, Generator& g);

}  // namespace hg::io
