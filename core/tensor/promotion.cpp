#include "tensor/promotion.hpp"

#include <optional>

namespace hg {

DType result_type(std::span<const Operand> operands) {
  std::optional<DType> common[3];  // 0: with axes, 1: without, 2: plain numbers
  for (const Operand& x : operands) {
    std::optional<DType>& type = common[x.weak ? 2 : x.rank == 0 ? 1 : 0];
    type = type ? promote(*type, x.type) : x.type;
  }
  std::optional<DType> result;
  for (const std::optional<DType>& later : common) {
    if (!result || (later && info(*later).kind > info(*result).kind)) result = later;
  }
  return result.value_or(f32);
}

}  // namespace hg
