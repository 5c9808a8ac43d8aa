// Hyper-parameters as the attributes that callbacks get.
#pragma once

#include <vector>

#include "host/dispatch.hpp"
#include "optim/hyper.hpp"

namespace hg::optim {

/// They point into `hyper`, which must stay as it is meanwhile.
inline std::vector<Value> values_of(const std::vector<Hyper>& hyper) {
  std::vector<Value> values;
  values.reserve(hyper.size());
  for (const Hyper& h : hyper) {
    if (const Scalar* number = h.scalar())
      values.emplace_back(*number);
    else if (const auto* list = h.list())
      values.emplace_back(std::span<const double>(*list));
    else if (const std::string* word = h.word())
      values.emplace_back(*word);
    else
      values.emplace_back();
  }
  return values;
}

}  // namespace hg::optim
