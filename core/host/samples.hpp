// The sample arguments in an operator's definition, made real.
//
// hg_sample::inputs is a list like "normal[3,4] index(4)[3] none normal[2]:f64". It says
// which numbers an operator can take, so that a machine can make up as many as it wants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg {

/// One input of a sample.
struct SampleInput {
  enum Kind { normal, uniform, positive, distinct, index, simplex, spd, boolean, none };
  Kind kind = normal;
  int64_t limit = 0;  // of index(limit)
  Shape shape;
  DType dtype = f32;
  bool typed = false;  // the sample names the type; else floating ones may be made f64

  /// As it is written: "index(4)[3]".
  std::string to_string() const;
};

/// Reads such a list. Throws if it breaks the rules.
std::vector<SampleInput> parse_sample(std::string_view inputs);

/// Numbers of the kind; the same seed gives the same ones. Undefined for `none`.
///   normal    mean 0, standard deviation 1
///   uniform   from 0 to 1
///   positive  from 0.5 to 2
///   distinct  0.3 apart, shuffled, none within 0.05 of 0: far from ties and kinks
///   index     whole numbers from 0 to limit - 1
///   simplex   positive, summing to 1 along the last axis
///   spd       symmetric positive definite matrices, in the last two axes
///   bool      true and false
Tensor make_input(const SampleInput& input, uint64_t seed);

}  // namespace hg
