// The common element type of several operands.
#pragma once

#include <span>

#include "tensor/dtype.hpp"

namespace hg {

/// What counts about an operand: its type, how many axes it has, and whether it is a plain
/// C++ number (whose type is then Scalar::dtype()).
struct Operand {
  DType type;
  int rank = 1;
  bool weak = false;
};

/// The type in which operands meet, by PyTorch's rule. Operands fall into three classes:
/// tensors with axes, tensors without, plain numbers. A later class decides only if its kind
/// (bool < whole < floating) is higher than that of the classes before it:
///
///     u8[3]  + i64[]   u8      both whole: the tensor with axes decides
///     i64[3] + f64[]   f64     a fraction meets whole numbers: its type it is
///     f32[3] + f64[]   f32     both fractions
///     i32[3] + 2.5     f32     a plain fraction counts as f32
///     i32[3] + true    i32
///
/// Within a class, promote() decides. No operands at all give f32.
DType result_type(std::span<const Operand> operands);

}  // namespace hg
