// Hyper-parameters as the attributes that callbacks get.
#pragma once

#include <vector>

#include "host/dispatch.hpp"
#include "optim/hyper.hpp"

namespace hg::optim {

/// They point into `hyper`, which must stay as it is meanwhile.
inline void set_values(const std::vector<Hyper>& hyper, std::vector<hg_value>& values) {
  values.clear();
  for (const Hyper& h : hyper) {
    if (const Scalar* number = h.scalar())
      values.push_back(Value(*number));
    else if (const auto* list = h.list())
      values.push_back(Value(std::span<const double>(*list)));
    else if (const std::string* word = h.word())
      values.push_back(Value(*word));
    else
      values.push_back(Value());
  }
}

inline std::vector<hg_value> values_of(const std::vector<Hyper>& hyper) {
  std::vector<hg_value> values;
  set_values(hyper, values);
  return values;
}

}  // namespace hg::optim
