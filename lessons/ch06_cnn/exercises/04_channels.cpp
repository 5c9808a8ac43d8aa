// # Solutions to 6.4: padding, stride and channels

#include <iostream>
#include <vector>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

namespace {

// x (N,C,H,W), w (K,C/groups,h,w): each group of outputs from its group of inputs.
Tensor grouped(const Tensor& x, const Tensor& w, int64_t groups) {
  const int64_t c = x.size(1) / groups, k = w.size(0) / groups;
  std::vector<Tensor> parts;
  for (int64_t g = 0; g < groups; ++g) {
    const Tensor xg = x[{all, slice(g * c, (g + 1) * c)}];  // (N,C/groups,H,W)
    const Tensor wg = w[slice(g * k, (g + 1) * k)];         // (K/groups,C/groups,h,w)
    parts.push_back(F::conv2d(xg, wg));
  }
  return cat(parts, 1);  // (N,K,H',W')
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "6.4 Padding, stride and channels: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. The first layer of a large network
  // floor((224 + 6 - 7)/2) + 1 = 112: (1,64,112,112). Weights: 64*3*7*7 + 64 = 9,472; and
  // 64*3*7*7 multiplications for each of 112*112 places, 118 million.

  nn::Conv2d stem(3, 64, 7, 2, 3);
  const Shape in = {1, 3, 224, 224}, out = {1, 64, 112, 112};
  {
    no_grad guard;
    lesson.expect("1: shape", stem(zeros(in)).shape() == out);
  }
  lesson.expect("1: weights", stem.parameter_count(), near(9472, 0));
  lesson.expect("1: multiplications", stem.macs(in, out), near(118013952, 0));

  // ## 2. Two in a row are one
  // y = V * (W * x). An output sees (h-1)+(h'-1)+1 rows, so kernels h and h' make one of
  // h+h'-1, whose weights are the full convolution of the two. Two 3x3 kernels between 1
  // channel have 18 weights, the one 5x5 they amount to has 25: a part of all 5x5 kernels.

  const Tensor x = randn({1, 1, 9, 9});                                    // (1,1,9,9)
  const Tensor v = randn({1, 1, 3, 3}), w = randn({1, 1, 3, 3});           // (1,1,3,3)
  const Tensor one = F::conv2d(F::pad(v, {2, 2, 2, 2}), flip(w, {2, 3}));  // (1,1,5,5)
  const double apart =
      (F::conv2d(F::conv2d(x, w), v) - F::conv2d(x, one)).abs().max().item();
  lesson.expect("2: one kernel for two", apart, at_most(1e-4));

  // ## 3. Groups from convolutions without

  for (int64_t groups : {1, 2, 3, 6}) {
    const Tensor pictures = randn({2, 6, 7, 5});  // (2,6,7,5)
    const Tensor kernels = randn({12, 6 / groups, 3, 2});
    const Tensor library = F::conv2d(pictures, kernels, {}, 1, 0, 1, groups);
    const double d = (grouped(pictures, kernels, groups) - library).abs().max().item();
    lesson.expect("3: " + std::to_string(groups) + " groups", d, at_most(1e-5));
  }

  // ## 4. Depthwise and then 1x1
  // Weights 9C + CK against 9CK: a ratio of 1/K + 1/9. For C = K = 64: 4,672 against
  // 36,864, an eighth.

  nn::Sequential both(
      nn::make<nn::Conv2d>(64, 64, 3, 1, 1, 1, 64, false),  // 64 groups: depthwise
      nn::make<nn::Conv2d>(64, 64, 1, 1, 0, 1, 1, false));
  nn::Conv2d full(64, 64, 3, 1, 1, 1, 1, false);
  lesson.expect("4: weights of the pair", both.parameter_count(), near(4672, 0));
  lesson.expect("4: ratio", double(both.parameter_count()) / double(full.parameter_count()),
                near(1.0 / 64 + 1.0 / 9, 1e-9));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
