// fastcpu: the core's operators, as fast as the CPU allows.
//
// Nothing is defined here, only kernels of higher priority for operators that the core
// defines, each checked against the core's own. The loops are in kernels/.
#include "fastcpu.hpp"

HANDGRAD_PLUGIN("fastcpu", "1.0", hg::fastcpu::description()) {
  using namespace hg::fastcpu;
  describe_activations(plugin);
  describe_arithmetic(plugin);
  describe_linear(plugin);
  describe_matmul(plugin);
  describe_conv(plugin);
  describe_copy(plugin);
  describe_dropout(plugin);
  describe_elementary(plugin);
  describe_batch_norm(plugin);
  describe_pool(plugin);
  describe_softmax(plugin);
  describe_layer_norm(plugin);
  describe_optim(plugin);
  describe_loss(plugin);
  describe_reduce(plugin);
}
