// Which handgrad this is.
#pragma once

namespace hg {

constexpr const char* version = "0.1.0";

}  // namespace hg
