// Operators that are made of others.
//
// The body of a COMPOSED operator is a short program, one line an operation:
//
//     h = linear(x, w, b)
//     n = norm(h; p=2, dim=$dim, keepdim=true)
//     y = div(h, n)
//
// A line names its results, the operator (with its vendor, unless it is the core's), its
// inputs, and behind a semicolon its attributes: JSON values, or $a for the value of the
// composed operator's own attribute a. Names are the operator's inputs and earlier results;
// at the end each of its outputs must have been named. Every operation is recorded by
// itself, so gradients and devices need nothing more.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "handgrad_abi.h"
#include "tensor/tensor.hpp"

namespace hg {

/// What is wrong with the body of `op`, as far as can be seen without the operators it
/// names; empty if nothing.
std::string body_problem(const hg_op& op);

/// Runs the body. `attributes` are the operator's own, resolved, in declared order.
std::vector<Tensor> run_body(const hg_op& op, std::span<const Tensor> inputs,
                             std::span<const hg_value> attributes);

}  // namespace hg
