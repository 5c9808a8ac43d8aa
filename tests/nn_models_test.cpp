// Whole networks with PyTorch's weights: its state_dict loads, and logits, gradients and
// running statistics are PyTorch's. vision_models.safetensors comes from
// reference/vision_models.py.
#define BOOST_TEST_MODULE nn_models
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "io/files.hpp"
#include "nn/activations.hpp"
#include "nn/conv.hpp"
#include "nn/flatten.hpp"
#include "nn/functional.hpp"
#include "nn/linear.hpp"
#include "nn/norm.hpp"
#include "nn/pooling.hpp"
#include "nn/sequential.hpp"
#include "support/check.hpp"

using namespace hg;
namespace F = nn::functional;

namespace {

// What the file holds of one network, by the name behind "lenet." or "resnet18.".
struct Recorded {
  std::map<std::string, Tensor> tensors;

  explicit Recorded(const std::string& name) {
    const std::string file =
        HANDGRAD_SOURCE_DIR "/tests/reference/vision_models.safetensors";
    for (const auto& [key, tensor] : load(file)) {
      if (key.starts_with(name + ".")) tensors[key.substr(name.size() + 1)] = tensor;
    }
  }
  const Tensor& operator[](const std::string& key) const { return tensors.at(key); }
  // All whose names begin so, without that beginning.
  std::vector<std::pair<std::string, Tensor>> with_prefix(const std::string& prefix) const {
    std::vector<std::pair<std::string, Tensor>> found;
    for (const auto& [key, tensor] : tensors) {
      if (key.starts_with(prefix)) found.emplace_back(key.substr(prefix.size()), tensor);
    }
    return found;
  }
};

// The largest difference, in shares of the largest number expected.
double off(const Tensor& got, const Tensor& expected) {
  BOOST_TEST_REQUIRE(got.shape().to_string() == expected.shape().to_string());
  const Tensor a = got.detach().to(f64), b = expected.to(f64);
  return (a - b).abs().max().item() / std::max(b.abs().max().item(), 1e-30);
}

// One training step's worth of both, then an evaluation.
void check_against(nn::Module& net, const Recorded& recorded, double tolerance) {
  net.load_state_dict(recorded.with_prefix("state."));
  net.train();
  const Tensor logits = net(recorded["x"]);
  BOOST_TEST(off(logits, recorded["logits"]) < tolerance);
  F::cross_entropy(logits, recorded["labels"]).backward();
  size_t parameters = 0;
  for (const auto& [name, p] : net.named_parameters()) {
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(off(p.grad(), recorded["grad." + name]) < 10 * tolerance);
    }
    ++parameters;
  }
  BOOST_TEST(parameters == recorded.with_prefix("grad.").size());
  for (const auto& [name, b] : net.named_buffers()) {
    BOOST_TEST_CONTEXT(name) { BOOST_TEST(off(b, recorded["after." + name]) < tolerance); }
  }
  net.eval();
  BOOST_TEST(off(net(recorded["x"]), recorded["eval"]) < tolerance);
}

// ---- ResNet-18, with torchvision's names ------------------------------------------------

struct Block : nn::Module {
  nn::Conv2d conv1;
  nn::BatchNorm2d bn1;
  nn::Conv2d conv2;
  nn::BatchNorm2d bn2;
  std::optional<nn::Sequential> downsample;

  Block(int64_t in, int64_t out, int64_t stride)
      : conv1(*this, "conv1", in, out, 3, stride, 1, 1, 1, false),
        bn1(*this, "bn1", out),
        conv2(*this, "conv2", out, out, 3, 1, 1, 1, 1, false),
        bn2(*this, "bn2", out) {
    if (stride == 1 && in == out) return;
    downsample.emplace(*this, "downsample");
    downsample->add<nn::Conv2d>(in, out, 1, stride, 0, 1, 1, false);
    downsample->add<nn::BatchNorm2d>(out);
  }
  Tensor forward(const Tensor& x) override {
    const Tensor y = bn2(conv2(relu(bn1(conv1(x)))));
    return relu(y + (downsample ? (*downsample)(x) : x));
  }
};

struct ResNet18 : nn::Module {
  nn::Conv2d conv1;
  nn::BatchNorm2d bn1;
  nn::Sequential layer1{*this, "layer1"}, layer2{*this, "layer2"}, layer3{*this, "layer3"},
      layer4{*this, "layer4"};
  nn::Linear fc;

  ResNet18(int64_t width, int64_t classes)
      : conv1(*this, "conv1", 3, width, 7, 2, 3, 1, 1, false),
        bn1(*this, "bn1", width),
        fc(*this, "fc", 8 * width, classes) {
    int64_t in = width, out = width;
    for (nn::Sequential* layer : {&layer1, &layer2, &layer3, &layer4}) {
      layer->add<Block>(in, out, layer == &layer1 ? 1 : 2);
      layer->add<Block>(out, out, 1);
      in = out;
      out *= 2;
    }
  }
  Tensor forward(const Tensor& images) override {
    const Tensor x = F::max_pool2d(relu(bn1(conv1(images))), 3, 2, 1);
    return fc(F::adaptive_avg_pool2d(layer4(layer3(layer2(layer1(x)))), 1).flatten(1));
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(lenet_has_pytorchs_logits_and_gradients) {
  nn::Sequential net(nn::make<nn::Conv2d>(1, 6, 5, 1, 2), nn::make<nn::Sigmoid>(),
                     nn::make<nn::AvgPool2d>(2), nn::make<nn::Conv2d>(6, 16, 5),
                     nn::make<nn::Sigmoid>(), nn::make<nn::AvgPool2d>(2),
                     nn::make<nn::Flatten>(), nn::make<nn::Linear>(400, 120),
                     nn::make<nn::Sigmoid>(), nn::make<nn::Linear>(120, 84),
                     nn::make<nn::Sigmoid>(), nn::make<nn::Linear>(84, 10));
  check_against(net, Recorded("lenet"), 2e-6);
}

BOOST_AUTO_TEST_CASE(resnet18_has_pytorchs_logits_gradients_and_statistics) {
  ResNet18 net(4, 10);
  check_against(net, Recorded("resnet18"), 2e-5);
}

// Another network's state is refused, with the names that are amiss.
BOOST_AUTO_TEST_CASE(the_wrong_state_is_refused) {
  ResNet18 net(4, 10);
  BOOST_TEST(test::fails_with("layer4.1.bn2.weight", [&] {
    auto state = Recorded("resnet18").with_prefix("state.");
    std::erase_if(state, [](const auto& t) { return t.first == "layer4.1.bn2.weight"; });
    net.load_state_dict(state);
  }));
}
