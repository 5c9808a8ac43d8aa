#include "models.hpp"

#include "nn/activations.hpp"
#include "nn/flatten.hpp"
#include "nn/linear.hpp"
#include "nn/norm.hpp"
#include "nn/sequential.hpp"

namespace hg::bench {

Net line() { return nn::make<nn::Linear>(2, 1); }

Net softmax() { return nn::make<nn::Linear>(784, 10); }

Net mlp() {
  auto net = nn::make<nn::Sequential>();
  net->add<nn::Linear>(784, 256);
  net->add<nn::ReLU>();
  net->add<nn::Linear>(256, 10);
  return net;
}

}  // namespace hg::bench
