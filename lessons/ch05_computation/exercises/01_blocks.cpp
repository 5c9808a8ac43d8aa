// # Solutions to 5.1: layers and blocks

#include <iostream>
#include <memory>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

// Keeps its modules to itself.
class Silent : public nn::Module {
 public:
  void append(std::unique_ptr<nn::Module> module) { modules_.push_back(std::move(module)); }
  Tensor forward(const Tensor& x) override {
    Tensor y = x;
    for (auto& module : modules_) y = (*module)(y);
    return y;
  }

 private:
  std::vector<std::unique_ptr<nn::Module>> modules_;
};

// Two modules side by side.
class Parallel : public nn::Module {
 public:
  Parallel(std::shared_ptr<nn::Module> left, std::shared_ptr<nn::Module> right)
      : left_(std::move(left)), right_(std::move(right)) {
    adopt("left", *left_);
    adopt("right", *right_);
  }
  Tensor forward(const Tensor& x) override {  // (N,D) -> (N,L+R)
    return cat({(*left_)(x), (*right_)(x)}, 1);
  }

 private:
  std::shared_ptr<nn::Module> left_, right_;
};

struct Block : nn::Module {
  nn::Linear linear{*this, "linear", 8, 8};
  Tensor forward(const Tensor& x) override { return tanh(linear(x)); }  // (N,8) -> (N,8)
};

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "5.1 Layers and blocks: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. Without registration
  // forward works, and backward as well: the graph does not care who owns a tensor. But
  // parameters() is empty, so an optimizer gets nothing to train, state_dict() saves
  // nothing, and the print shows an empty module.

  Silent silent;
  silent.append(nn::make<nn::Linear>(4, 3));
  std::cout << "1. " << silent << ", output " << silent(rand({2, 4})).shape() << ", "
            << silent.parameters().size() << " parameters\n";
  lesson.expect("1. parameters found", silent.parameters().size(), near(0, 0));

  // ## 2. Side by side

  Parallel both(nn::make<nn::Linear>(4, 3), nn::make<nn::Linear>(4, 5));
  const Tensor y = both(rand({2, 4}));  // (2,8)
  std::cout << "2. output " << y.shape() << "\n" << both << "\n";
  lesson.expect("2. columns", y.size(1), near(8, 0));
  lesson.expect("2. parameters", both.parameters().size(), near(4, 0));

  // ## 3. A tower of equal blocks
  // A shared block has one set of parameters, listed once, under its first name. Its
  // gradient is the sum over all places where it stands, which we check against a tower of
  // separate blocks with equal values.

  const int n = 3;
  nn::Sequential apart, shared;
  const auto block = std::make_shared<Block>();
  for (int i = 0; i < n; ++i) {
    auto own = std::make_shared<Block>();
    own->load_state_dict(block->state_dict());
    apart.append(own);
    shared.append(block);
  }
  const Tensor x = randn({4, 8});  // (4,8)
  apart(x).sum().backward();
  shared(x).sum().backward();
  Tensor sum = zeros({8, 8});  // (8,8)
  for (int i = 0; i < n; ++i) sum += apart.at<Block>(i).linear.weight.grad();
  const double gap = (sum - block->linear.weight.grad()).abs().max().item();
  std::cout << "3. parameters: apart " << apart.parameter_count() << ", shared "
            << shared.parameter_count() << "\n";
  lesson.expect("3. parameters, apart", apart.parameter_count(), near(3 * 72, 0));
  lesson.expect("3. parameters, shared", shared.parameter_count(), near(72, 0));
  lesson.expect("3. gradients add up", gap, at_most(1e-5));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
