// From the samples in an operator's definition to arguments for a call.
//
// A sample such as "normal[3,4] normal[4]" says which numbers an operator can take, not
// which ones it gets: sizes are varied, numbers drawn anew, element types exchanged.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/check_values.hpp"
#include "host/attributes.hpp"
#include "host/registry.hpp"
#include "host/samples.hpp"

namespace hg::cli::check {

struct Sample {
  std::vector<SampleInput> inputs;
  std::shared_ptr<const Attributes> attributes;
  std::string attribute_text;  // as JSON; empty if all are defaults

  /// As an author would write it: normal[3,4] index(4)[3] {"dim":1}
  std::string to_string() const;
};

/// What an operator is called with.
struct Arguments {
  std::vector<Array> in;
  std::vector<hg_value> attr;
  std::string text;                        // for messages
  std::shared_ptr<const void> keep_alive;  // what the values point to
};

/// The samples of an operator's definition; throws if one of them breaks the rules.
std::vector<Sample> samples_of(const Operator& op);

/// Numbers for a sample, drawn from `seed` after promotion, floating ones as `dtype`. The
/// same seed gives the same numbers for every floating dtype, rounded to f32 at least.
/// Nothing if a kernel for `dtype` is not what would be asked to work on them.
std::optional<Arguments> draw(const Operator& op, const Sample& sample, DType dtype,
                              uint64_t seed);

/// Brings inputs to a common type, as the core does before it calls anybody (hg_promotion).
void promote_inputs(const hg_op& def, std::vector<Array>& in);

/// The element type that picks the kernel (see hg_kernel); of output 0 if there are no
/// inputs, in which case there is nothing to tell.
std::optional<DType> key_type(const std::vector<Array>& in);

/// The sample with other sizes: each size n becomes change(n), and the limit of an index
/// along with it. Sizes that are equal stay equal, so most operators still accept them.
template <class F>
Sample resized(Sample sample, const F& change) {
  for (SampleInput& input : sample.inputs) {
    for (int64_t& n : input.shape) n = change(n);
    if (input.kind == SampleInput::index) input.limit = change(input.limit);
  }
  return sample;
}

/// The sample with its sizes above 1 enlarged, so that some input has `elements` or
/// somewhat more, or the shape that all broadcast to has eight times as many; nothing if it
/// has no such sizes.
std::optional<Sample> grown(const Sample& sample, int64_t elements);

}  // namespace hg::cli::check
