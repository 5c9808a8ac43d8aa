// Matrix products: the core's BLAS, which plugins reach as hg_host::gemm.
#pragma once

#include <string>

#include "handgrad_abi.h"

namespace hg {

/// What is wrong with the sizes, row distances, type or pointers of `g`; empty if nothing.
std::string gemm_problem(const hg_gemm& g);

/// Computes `g`, which must be free of problems (see hg_gemm for the meaning). f32 and f64
/// go through OpenBLAS, large ones in parts on the pool's threads; whole numbers, and
/// everything under HANDGRAD_PLAIN_GEMM=1, through three plain loops.
///
/// beta = 0 means that c is written and never read, so it may start as garbage.
///
/// The same call gives the same bits each time. With another number of threads the parts
/// are cut elsewhere, and OpenBLAS may then add in another order: the last bits may differ.
void gemm(const hg_gemm& g);

/// Three plain loops for all products (or an end to that): for comparing.
void set_plain_gemm(bool on);

}  // namespace hg
