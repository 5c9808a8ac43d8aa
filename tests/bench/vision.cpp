// Linear models and networks of convolutions.
#include "models.hpp"
#include "nn/activations.hpp"
#include "nn/adaptive_pooling.hpp"
#include "nn/conv.hpp"
#include "nn/flatten.hpp"
#include "nn/linear.hpp"
#include "nn/norm.hpp"
#include "nn/pooling.hpp"
#include "nn/sequential.hpp"

namespace hg::bench {
namespace {

// Dense layers of these sizes, with an activation between them.
template <class Activation>
void add_dense(nn::Sequential& net, std::initializer_list<int64_t> sizes) {
  for (const int64_t* n = sizes.begin(); n + 1 < sizes.end(); ++n) {
    if (n != sizes.begin()) net.add<Activation>();
    net.add<nn::Linear>(n[0], n[1]);
  }
}

template <class Activation, class Pool>
Net lenet(int64_t padding, int64_t flat) {
  auto net = nn::make<nn::Sequential>();
  net->add<nn::Conv2d>(1, 6, 5, 1, padding);
  net->add<Activation>();
  net->add<Pool>(2);
  net->add<nn::Conv2d>(6, 16, 5);
  net->add<Activation>();
  net->add<Pool>(2);
  net->add<nn::Flatten>();
  add_dense<Activation>(*net, {flat, 120, 84, 10});
  return net;
}

// relu(x + two convolutions of x), each with its batch normalisation. Where the grid
// shrinks, x goes through a 1x1 convolution of the same stride.
struct Residual : nn::Module {
  nn::Conv2d conv1, conv2;
  nn::BatchNorm2d bn1, bn2;
  std::unique_ptr<nn::Conv2d> shortcut;

  Residual(int64_t channels, int64_t width, int64_t stride)
      : conv1(channels, width, 3, stride, 1), conv2(width, width, 3, 1, 1), bn1(width),
        bn2(width) {
    adopt("conv1", conv1);
    adopt("bn1", bn1);
    adopt("conv2", conv2);
    adopt("bn2", bn2);
    if (stride == 1) return;
    shortcut = nn::make<nn::Conv2d>(channels, width, 1, stride);
    adopt("shortcut", *shortcut);
  }
  Tensor forward(const Tensor& x) override {
    Tensor y = bn1(conv1(x)).relu();
    y = bn2(conv2(y));
    return (y + (shortcut ? (*shortcut)(x) : x)).relu();
  }
};

// Eight residual blocks behind the stem.
Net resnet18(std::unique_ptr<nn::Sequential> net) {
  int64_t channels = 64;
  for (int64_t width : {64, 128, 256, 512}) {
    net->add<Residual>(channels, width, width == 64 ? 1 : 2);
    net->add<Residual>(width, width, 1);
    channels = width;
  }
  net->add<nn::AdaptiveAvgPool2d>(1);
  net->add<nn::Flatten>();
  net->add<nn::Linear>(512, 10);
  return net;
}

}  // namespace

Net line() { return nn::make<nn::Linear>(2, 1); }
Net softmax() { return nn::make<nn::Linear>(784, 10); }

Net mlp() {
  auto net = nn::make<nn::Sequential>();
  add_dense<nn::ReLU>(*net, {784, 256, 10});
  return net;
}

Net lenet_d2l() { return lenet<nn::Sigmoid, nn::AvgPool2d>(2, 400); }
Net lenet_relu() { return lenet<nn::ReLU, nn::MaxPool2d>(0, 256); }

Net alexnet_small() {
  auto net = nn::make<nn::Sequential>();
  int64_t channels = 1;
  for (int64_t width : {32, 64, 128}) {
    net->add<nn::Conv2d>(channels, width, 3, 1, 1);
    net->add<nn::ReLU>();
    net->add<nn::MaxPool2d>(2);
    channels = width;
  }
  net->add<nn::Flatten>();
  add_dense<nn::ReLU>(*net, {1152, 512, 10});
  return net;
}

Net vgg_small() {
  struct Stage {
    int convolutions;
    int64_t width;
  };
  auto net = nn::make<nn::Sequential>();
  int64_t channels = 3;
  for (Stage stage : {Stage{1, 16}, {1, 32}, {2, 64}, {2, 128}, {2, 128}}) {
    for (int i = 0; i < stage.convolutions; ++i) {
      net->add<nn::Conv2d>(channels, stage.width, 3, 1, 1);
      net->add<nn::BatchNorm2d>(stage.width);
      net->add<nn::ReLU>();
      channels = stage.width;
    }
    net->add<nn::MaxPool2d>(2);
  }
  net->add<nn::Flatten>();
  add_dense<nn::ReLU>(*net, {128, 512, 512, 10});
  return net;
}

Net resnet18_d2l() {
  auto stem = nn::make<nn::Sequential>();
  stem->add<nn::Conv2d>(1, 64, 7, 2, 3);
  stem->add<nn::BatchNorm2d>(64);
  stem->add<nn::ReLU>();
  stem->add<nn::MaxPool2d>(3, 2, 1);
  return resnet18(std::move(stem));
}

Net resnet18_cifar() {
  auto stem = nn::make<nn::Sequential>();
  stem->add<nn::Conv2d>(3, 64, 3, 1, 1);
  stem->add<nn::BatchNorm2d>(64);
  stem->add<nn::ReLU>();
  return resnet18(std::move(stem));
}

}  // namespace hg::bench
