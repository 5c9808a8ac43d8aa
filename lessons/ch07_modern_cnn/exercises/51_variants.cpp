// # Solutions to 7.51: a family of blocks

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

namespace {

double largest(const Tensor& t) { return t.detach().abs().max().item(); }

// How many of the inputs reach output 0, by the gradient. x (1,C,1,1)
template <class Net>
int64_t reached(const Net& net, int64_t channels) {
  const Tensor x = randn({1, channels, 1, 1}).requires_grad_();
  net(x)[{0, 0, 0, 0}].backward();
  return (x.grad() != 0).sum().template item<int64_t>();
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "7.51 A family of blocks: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. Bottleneck and basic block
  // 256*64 + 9*64*64 + 64*256 = 69,632 against 2*9*256*256 = 1,179,648, seventeen times as
  // many. A basic block of width c has 18 c^2: as small at c = 62.

  auto weights = [](int64_t in, int64_t out, int64_t side) {
    return nn::Conv2d(
               {.in_channels = in, .out_channels = out, .kernel_size = side, .bias = false})
        .parameter_count();
  };
  const int64_t bottleneck = weights(256, 64, 1) + weights(64, 64, 3) + weights(64, 256, 1);
  const int64_t basic = 2 * weights(256, 256, 3);
  const double width = std::sqrt(double(bottleneck) / 18);
  std::printf("1: bottleneck %d, basic %d; equal at width %.1f\n", int(bottleneck),
              int(basic), width);
  lesson.expect("1: bottleneck", bottleneck, near(69632, 0));
  lesson.expect("1: basic", basic, near(1179648, 0));
  lesson.expect("1: width of a basic block as small", width, near(62.2, 0.1));

  // ## 2. Where the stride is
  // The first 1x1 of stages two to four then works on a quarter of the places, and the rest
  // stays as it is. Each stage has twice the channels on both sides and a quarter of the
  // places: three times the same, 77 million; 231 of 4089 million in all.

  int64_t saved = 0, in = 256, inner = 128, side = 56;
  for (int stage = 0; stage < 3; ++stage, in *= 2, inner *= 2, side /= 2) {
    saved += in * inner * (side * side - side * side / 4);
  }
  std::printf("2: %.0f million multiplications saved\n", double(saved) / 1e6);
  lesson.expect("2: saved, in millions", double(saved) / 1e6, near(231.2, 0.1));

  // ## 3. ResNeXt as separate paths
  // Path g takes rows 4g to 4g+3 of the first kernel, the g-th group of the second, and
  // columns 4g to 4g+3 of the third. That a sum over the paths and one product with all
  // columns are the same is the rule for products of matrices cut into blocks.
  // (Normalisations act on each channel for itself, so they change nothing here.)

  const int64_t groups = 32, d = 4, wide = groups * d, C = 256;
  const Tensor x = randn({2, C, 7, 7});                // (2,256,7,7)
  const Tensor narrow = 0.1 * randn({wide, C, 1, 1}),  // (128,256,1,1)
      middle = 0.2 * randn({wide, d, 3, 3}),           // (128,4,3,3)
      widen = 0.1 * randn({C, wide, 1, 1});            // (256,128,1,1)
  auto block = [](const Tensor& t, const Tensor& a, const Tensor& b, const Tensor& c,
                  int64_t parts) {
    const Tensor y = relu(F::conv2d(t, a));
    return F::conv2d(relu(F::conv2d(y, b, {}, 1, 1, 1, parts)), c);
  };
  const Tensor grouped = block(x, narrow, middle, widen, groups);  // (2,256,7,7)
  Tensor paths = zeros({2, C, 7, 7});
  for (int64_t g = 0; g < groups; ++g) {
    const auto rows = slice(g * d, g * d + d);
    paths = paths + block(x, narrow[rows], middle[rows], widen[{all, rows}], 1);
  }
  const double apart = largest(grouped - paths) / largest(grouped);
  std::printf("3: grouped and 32 paths: %s\n", apart < 1e-5 ? "same" : "other");
  lesson.expect("3: grouped against 32 paths, in shares of the largest", apart,
                at_most(1e-5));

  // ## 4. Channel shuffle
  // Three groups of four channels stay among themselves, through any number of grouped
  // convolutions: output 0 sees 4 of 12 inputs. The shuffle sees the channels as a table of
  // 3 groups by 4 and reads it column by column, so that each group of the next layer has
  // some of each; then all 12 arrive.

  const Tensor first = randn({12, 4, 1, 1}), second = randn({12, 4, 1, 1});  // (12,4,1,1)
  auto mix = [](const Tensor& t, const Tensor& w) {
    return F::conv2d(t, w, {}, 1, 0, 1, 3);  // (1,12,1,1)
  };
  auto shuffle = [](const Tensor& t) {  // (N,12,H,W) -> the same
    const Tensor table = t.reshape({t.size(0), 3, 4, t.size(2), t.size(3)});
    return table.transpose(1, 2).reshape(t.shape());
  };
  const int64_t apart_groups =
      reached([&](const Tensor& t) { return mix(mix(t, first), second); }, 12);
  const int64_t shuffled =
      reached([&](const Tensor& t) { return mix(shuffle(mix(t, first)), second); }, 12);
  std::printf("4: output 0 sees %d of 12 inputs, shuffled %d\n", int(apart_groups),
              int(shuffled));
  lesson.expect("4: without a shuffle", apart_groups, near(4, 0));
  lesson.expect("4: with one", shuffled, near(12, 0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
