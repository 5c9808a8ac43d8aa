// Devices by name: "cpu", "cuda", "cuda:1".
#pragma once

#include <string>

#include "tensor/storage.hpp"

namespace hg {

/// The device called `name`. Throws if the name makes no sense, if no plugin brings such a
/// device, or if the machine has none (with the plugin's reason).
Device device_from_name(const std::string& name);

/// How many devices of this kind ("cuda") there are; 0 if no plugin brings any.
int device_count(const std::string& kind);

}  // namespace hg
