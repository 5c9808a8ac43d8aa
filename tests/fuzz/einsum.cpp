// Fuzz target: the equations of einsum. The first two bytes choose the shapes.
#include "autograd/grad_mode.hpp"
#include "fuzz/target.hpp"
#include "ops/functions.hpp"
#include "tensor/create.hpp"

using namespace hg;

namespace {

Tensor operand(uint8_t choice) {
  static const std::vector<Tensor> list{ones({}),     ones({2}),    ones({2, 3}),
                                        ones({3, 2}), ones({2, 2}), ones({2, 3, 2}),
                                        ones({1, 3}), ones({0, 2}), ones({2, 2, 2, 2})};
  return list[choice % list.size()];
}

}  // namespace

FUZZ_TARGET(einsum) {
  if (bytes.size() < 2) return;
  no_grad guard;
  std::vector<Tensor> operands{operand(uint8_t(bytes[0]))};
  if (bytes[1] != 0) operands.push_back(operand(uint8_t(bytes[1])));
  fuzz::attempt([&] { fuzz::touch(einsum(std::string(bytes.substr(2)), operands)); });
}
