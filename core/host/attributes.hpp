// Attributes by name, as JSON: {"dim": -1, "keepdim": true}.
//
// How they come from a command line, from a file of test cases and from the samples in an
// operator's definition.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/registry.hpp"

namespace hg {

/// The values for run_all, in declared order, read from the text of a JSON object. What is
/// left out, or null, has its default. Floats may be "inf", "-inf" or "nan", as JSON has no
/// such numbers, and a number may stand for a list: of one, or of as many as the default
/// has ({"stride": 2}). Throws if the text is no object, names an attribute that the
/// operator does not have, or a value has the wrong kind.
class Attributes {
 public:
  Attributes(const Operator& op, std::string_view json);
  Attributes(const Attributes&) = delete;

  std::span<const hg_value> values() const { return values_; }

 private:
  std::vector<hg_value> values_;
  // What the values point to; a deque never moves its elements.
  std::deque<std::string> strings_;
  std::deque<std::vector<int64_t>> integers_;
  std::deque<std::vector<double>> floats_;
};

}  // namespace hg
