// Arguments that nobody meant: what a kernel is called with to see whether it minds.
//
// They are made from the samples. Each may be refused, with a status and a message, or
// computed, and then as carefully as any other.
#pragma once

#include <functional>

#include "cli/check_trial.hpp"

namespace hg::cli::check {

using UseArguments = std::function<void(const Arguments&)>;

/// Empty, single and odd sizes, equal ones together or one axis alone; ranks from 0 to 8;
/// more inputs, and fewer.
void for_odd_shapes(const Subject& s, const UseArguments& use);
/// Each input as every element type.
void for_odd_types(const Subject& s, const UseArguments& use);
/// Each attribute at the ends of its range, at 0 and far beyond what makes sense; only
/// values that keep to the declaration.
void for_odd_attributes(const Subject& s, const UseArguments& use);
/// Those that do not: the core refuses them before anybody is called.
void for_forbidden_attributes(const Subject& s, const UseArguments& use);
/// Indices that point nowhere.
void for_odd_indices(const Subject& s, const UseArguments& use);
/// NaN, infinities, denormals; the largest and smallest whole numbers.
void for_odd_numbers(const Subject& s, const UseArguments& use);

}  // namespace hg::cli::check
