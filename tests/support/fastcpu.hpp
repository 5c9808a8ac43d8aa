// The kernels of plugins/fastcpu beside the reference kernels: one call, computed by both.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg::test {

/// Who is expected to compute the call.
enum class Served { by_fastcpu, by_reference, by_either };

/// What is wrong with fastcpu's answer to a call; empty if nothing. For
///
///     BOOST_TEST(disagreement("conv2d", "normal[2,3,9,9] normal[4,3,3,3] none",
///                             R"({"stride":[2,1]})") == "");
///
/// `inputs` is a list as in an operator's samples (host/samples.hpp), or tensors of f32 and
/// whole numbers, undefined where an optional input is left out. Compared are all results,
/// the gradients of all inputs for output gradients that look random, and inputs that the
/// operator writes. Allowed is
///
///     4 |reference in f32 - exact|  +  `units` * 2^-24 * (the largest number of all)
///
/// where `exact` is the reference in f64, and both errors are the largest over a tensor.
/// Besides: the call repeated gives the same bits; one thread and three agree; and a
/// gradient that is wanted alone has the bits that it has among the others.
std::string disagreement(std::string_view op, std::string_view inputs,
                         std::string_view attributes = "{}",
                         Served served = Served::by_fastcpu, double units = 8);
std::string disagreement(std::string_view op, std::vector<Tensor> inputs,
                         std::string_view attributes = "{}",
                         Served served = Served::by_fastcpu, double units = 8);

/// Runs this test program again with HANDGRAD_ISA=isa; did all of its tests pass? True at
/// once where HANDGRAD_ISA is set already: that is such a run. See support/every_isa.hpp.
bool passes_with_isa(const char* isa);

}  // namespace hg::test
