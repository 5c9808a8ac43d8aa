#include "cli/check_arguments.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/error.hpp"
#include "tensor/promotion.hpp"

namespace hg::cli::check {
namespace {

bool draws_fractions(const SampleInput& input) {
  return input.kind != SampleInput::index && input.kind != SampleInput::boolean &&
         input.kind != SampleInput::none;
}

// Whole numbers in place of a generator's fractions: three times as large, so that not all
// become 0 or 1, and none below 0 where the type has none.
Array whole_numbers(const Array& fractions, DType type) {
  Array result(fractions.shape, type);
  for (int64_t i = 0; i < result.size(); ++i) {
    double x = std::round(3 * fractions[i]);
    if (type == bool_) x = fractions[i] > 0;
    result.set(i, type == u8 ? std::abs(x) : x);
  }
  return result;
}

// What make_input draws; of numbers that do not depend on each other only the first few.
Array drawn_numbers(const SampleInput& input, uint64_t seed) {
  bool dependent = input.kind == SampleInput::distinct ||
                   input.kind == SampleInput::simplex || input.kind == SampleInput::spd;
  if (dependent || input.shape.numel() <= few_numbers)
    return Array(make_input(input, seed));
  SampleInput part = input;
  part.shape = {few_numbers};
  Array some(make_input(part, seed)), all(input.shape, some.dtype);
  std::copy(some.bytes.begin(), some.bytes.end(), all.bytes.begin());
  repeat_first(all, few_numbers);
  return all;
}

// Numbers for input i, of any generator.
Array numbers(SampleInput input, DType type, size_t i, uint64_t seed) {
  if (input.kind == SampleInput::none) return {};
  bool fractions = draws_fractions(input);
  input.dtype = fractions ? f32 : input.kind == SampleInput::index ? i64 : bool_;
  Array drawn = drawn_numbers(input, seed + 97 * i);
  if (input.kind == SampleInput::distinct) {
    // All draw from one grid with 0.3 between its points. Shifted, they do not coincide.
    for (int64_t k = 0; k < drawn.size(); ++k)
      drawn.set(k, drawn[k] + 0.045 * double(i % 4));
  }
  return fractions && !is_floating(type) ? whole_numbers(drawn, type) : drawn.as(type);
}

// The declared input that argument i belongs to: a variadic one repeats.
uint32_t declared(const hg_op& def, size_t i) {
  return uint32_t(std::min<size_t>(i, def.n_in - 1));
}

bool promotes(const hg_op& def, size_t i) {
  return def.promotion != HG_PROMOTE_NONE && (def.promote_in >> declared(def, i) & 1);
}

// Numbers for all inputs. With `retype`, input 0 and what is promoted with it become
// `dtype` even where their generators yield indices or truth values.
std::vector<Array> all_numbers(const Operator& op, const Sample& sample, DType dtype,
                               bool retype, uint64_t seed) {
  std::vector<Array> in;
  for (size_t i = 0; i < sample.inputs.size(); ++i) {
    const SampleInput& input = sample.inputs[i];
    bool free = !input.typed &&
                (draws_fractions(input) || (retype && (i == 0 || promotes(*op.def, i))));
    in.push_back(numbers(input, free ? dtype : input.dtype, i, seed));
  }
  promote_inputs(*op.def, in);
  return in;
}

}  // namespace

std::string Sample::to_string() const {
  std::string text;
  for (const SampleInput& input : inputs) {
    text += (text.empty() ? "" : " ") + input.to_string();
  }
  return attribute_text.empty() ? text : text + " " + attribute_text;
}

std::vector<Sample> samples_of(const Operator& op) {
  std::vector<Sample> list;
  for (uint32_t i = 0; i < op.def->n_sample; ++i) {
    const hg_sample& s = *op.def->samples[i];
    Sample sample{parse_sample(s.inputs), nullptr, s.attrs ? s.attrs : ""};
    sample.attributes =
        std::make_shared<Attributes>(op, s.attrs && *s.attrs ? s.attrs : "{}");
    list.push_back(std::move(sample));
  }
  return list;
}

void promote_inputs(const hg_op& def, std::vector<Array>& in) {
  std::vector<Operand> operands;
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i].given && promotes(def, i))
      operands.push_back({in[i].dtype, in[i].shape.size()});
  }
  if (operands.empty()) return;
  DType common = result_type(operands);
  if (def.promotion == HG_PROMOTE_FLOAT && !is_floating(common)) common = f32;
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i].given && promotes(def, i)) in[i] = in[i].as(common);
  }
}

std::optional<DType> key_type(const std::vector<Array>& in) {
  for (const Array& a : in) {
    if (a.floating()) return a.dtype;
  }
  for (const Array& a : in) {
    if (a.given) return a.dtype;
  }
  return {};
}

std::optional<Arguments> draw(const Operator& op, const Sample& sample, DType dtype,
                              uint64_t seed) {
  for (bool retype : {false, true}) {
    Arguments arguments{all_numbers(op, sample, dtype, retype, seed),
                        {},
                        sample.to_string(),
                        sample.attributes};
    if (key_type(arguments.in).value_or(dtype) != dtype) continue;
    auto values = sample.attributes->values();
    arguments.attr.assign(values.begin(), values.end());
    return arguments;
  }
  return {};
}

std::optional<Sample> grown(const Sample& sample, int64_t elements) {
  auto largest = [](const Sample& s) {
    int64_t most = 0;
    for (const SampleInput& input : s.inputs) most = std::max(most, input.shape.numel());
    return most;
  };
  // Of the shape that all inputs broadcast to: three small inputs can make a huge result.
  auto together = [](const Sample& s) {
    double product = 1;
    for (int axis = 1; axis <= max_rank; ++axis) {
      int64_t longest = 1;
      for (const SampleInput& input : s.inputs) {
        int rank = input.shape.size();
        if (axis <= rank) longest = std::max(longest, input.shape[rank - axis]);
      }
      product *= double(longest);
    }
    return product;
  };
  bool can_grow = false;
  for (const SampleInput& input : sample.inputs) {
    can_grow |= input.shape.numel() > 1;
  }
  if (!can_grow) return {};
  for (int64_t factor = 2;; ++factor) {
    // One more than a multiple: loops that work in blocks have a remainder to deal with.
    Sample larger = resized(sample, [&](int64_t n) { return n > 1 ? n * factor + 1 : n; });
    bool enough = largest(larger) >= elements || together(larger) >= 8.0 * double(elements);
    if (enough) return larger;
  }
}

}  // namespace hg::cli::check
