// Options that are set by name only.
#pragma once

namespace hg::nn {

/// First in a struct of options whose first setting may be a list. So
///     nn::MaxPool2d pool{*this, "pool", {3, 2}};
/// has windows of 3 x 2, and not options with kernel_size 3 and stride 2.
struct ByName {
  ByName() {}
};

}  // namespace hg::nn
