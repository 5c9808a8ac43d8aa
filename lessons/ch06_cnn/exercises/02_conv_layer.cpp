// # Solutions to 6.2: convolution

#include <cmath>
#include <cstdio>
#include <iostream>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

namespace {

// (H,W), (h,w) -> (H-h+1,W-w+1), by the library.
Tensor corr2d(const Tensor& X, const Tensor& K) {
  return F::conv2d(X.unsqueeze(0).unsqueeze(0), K.unsqueeze(0).unsqueeze(0))[0][0];
}

// How many pixels of an n x n picture of ones the middle of L layers k x k looks at.
int64_t receptive_field(int layers, int64_t k, int64_t n) {
  const Tensor picture = ones({1, 1, n, n}).requires_grad_();  // (1,1,n,n)
  const Tensor w = ones({1, 1, k, k});
  Tensor y = picture;
  for (int l = 0; l < layers; ++l) y = F::conv2d(y, w);
  const int64_t middle = y.size(2) / 2;
  y[{0, 0, middle, middle}].backward();
  return (picture.grad() != 0).sum().item<int64_t>();
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "6.2 Convolution: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. A diagonal edge
  // Every row changes in one column, and every column in one row, so that both kernels
  // answer along the diagonal. Between them nothing can be told apart: a kernel (1,-1)
  // cannot know whether an edge stands or leans.

  const Tensor diagonal = ones({6, 6}).triu();                    // (6,6), white above
  const Tensor across = corr2d(diagonal, tensor({{1.0, -1.0}}));  // (6,5)
  const Tensor down = corr2d(diagonal, tensor({{1.0}, {-1.0}}));  // (5,6)
  std::cout << across << "\n" << down << "\n";
  lesson.expect("1: answers of (1,-1)", (across != 0).sum().item(), near(5, 0));
  lesson.expect("1: answers of its transpose", (down != 0).sum().item(), near(5, 0));

  // ## 2. The second difference
  // (1,-2,1): three weights. Two first differences, (-1,1) after (-1,1), do the same.

  const Tensor x = randn({4, 9});                               // (4,9)
  const Tensor second = corr2d(x, tensor({{1.0, -2.0, 1.0}}));  // (4,7)
  const Tensor first = tensor({{-1.0, 1.0}});                   // (1,2)
  const double apart = (corr2d(corr2d(x, first), first) - second).abs().max().item();
  lesson.expect("2: two first differences", apart, at_most(1e-6));

  // ## 3. The receptive field
  // A layer adds k-1 pixels to each axis: L layers see L(k-1)+1, squared. For L = 3 and
  // k = 3 that is 7x7 = 49.

  for (int layers : {1, 2, 3}) {
    for (int64_t k : {1, 3, 5}) {
      const int64_t side = layers * (k - 1) + 1;
      lesson.expect("3: " + std::to_string(layers) + " layers of " + std::to_string(k),
                    receptive_field(layers, k, 17), near(double(side * side), 0));
    }
  }

  // ## 4. Learning to blur

  const Tensor blur = full({3, 3}, 1.0 / 9);       // (3,3)
  Tensor kernel = randn({3, 3}).requires_grad_();  // (3,3)
  double loss = 0;
  for (int step = 0; step < 200; ++step) {
    const Tensor picture = randn({12, 12});  // another one at each step
    const Tensor miss = corr2d(picture, kernel) - corr2d(picture, blur);  // (10,10)
    const Tensor l = miss.square().mean();
    kernel.zero_grad();
    l.backward();
    no_grad guard;
    kernel -= 0.1 * kernel.grad();
    loss = l.item();
  }
  std::cout << kernel.detach() << "\n";
  lesson.expect("4: loss", loss, at_most(1e-6));
  lesson.expect("4: kernel", (kernel.detach() - blur).abs().max().item(), at_most(1e-3));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
