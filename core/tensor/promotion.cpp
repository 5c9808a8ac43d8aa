#include "tensor/promotion.hpp"

#include <optional>

namespace hg {

DType result_type(std::span<const Operand> operands) {
  std::optional<DType> rank[3];  // 0: with axes, 1: without, 2: plain numbers
  for (const Operand& x : operands) {
    std::optional<DType>& common = rank[x.weak ? 2 : x.rank == 0 ? 1 : 0];
    common = common ? promote(*common, x.type) : x.type;
  }
  std::optional<DType> result;
  for (const std::optional<DType>& lower : rank) {
    if (!result || (lower && info(*lower).kind > info(*result).kind)) result = lower;
  }
  return result.value_or(f32);
}

}  // namespace hg
