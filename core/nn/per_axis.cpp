#include "nn/per_axis.hpp"

#include <string_view>

namespace hg::nn {

Shape PerAxis::over(int axes, const std::string& name) const {
  if (values_.size() == axes) return values_;
  if (values_.size() != 1) {
    throw Error(name, values_.to_string() + " for " + std::to_string(axes) +
                          (axes == 1 ? " axis" : " axes") +
                          ": it must be one number, or one for each axis");
  }
  Shape each;
  for (int d = 0; d < axes; ++d) each.push_back(values_[0]);
  return each;
}

// "valid" is nothing said: no padding.
Padding::Padding(const char* rule) : same_(std::string_view(rule) == "same") {
  if (!same_ && std::string_view(rule) != "valid") {
    throw Error("padding", "'" + std::string(rule) + "' is no rule",
                "it is a number, a list of them, \"same\" or \"valid\"");
  }
}

}  // namespace hg::nn
