// # 6.5 Pooling
//
// An edge detector answers at exactly one column. Shift the picture by one pixel and it
// answers one column further; whoever reads the feature map has to know both. Mostly it
// does not matter where exactly an edge is, only that there is one around here. And the
// further into a network, the fewer places we want to keep apart. *Pooling* serves both.
//
// You know: convolution, feature maps, stride and channels (6.2, 6.4).
// New here: max and mean pooling, in one and two dimensions, adaptive, across channels.

#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

// ## By hand
// A window moves over the picture, as in a convolution, but nothing is learned: its answer
// is the largest number in it, or the mean.

Tensor pool2d(const Tensor& X, int64_t h, int64_t w, const std::string& mode) {
  Tensor Y = zeros({X.size(0) - h + 1, X.size(1) - w + 1});
  for (int64_t i = 0; i < Y.size(0); ++i) {
    for (int64_t j = 0; j < Y.size(1); ++j) {
      const Tensor window = X[{slice(i, i + h), slice(j, j + w)}];  // (h,w)
      Y[{i, j}] = mode == "max" ? window.max() : window.mean();
    }
  }
  return Y;
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "6.5 Pooling");
  manual_seed(lesson.seed() + 1);

  const Tensor X = arange(9).to(f32).view({3, 3});  // (3,3)
  std::cout << pool2d(X, 2, 2, "max") << "\n" << pool2d(X, 2, 2, "avg") << "\n";
  //> tensor([[4., 5.],
  //>         [7., 8.]])
  //> tensor([[2., 3.],
  //>         [5., 6.]])

  // ## In the library
  // There the window moves by its own size unless told otherwise, so that every pixel is in
  // one window: a 2x2 window halves the picture. Padding and stride are as in 6.4; to a
  // maximum, padding is minus infinity, so that it never wins.

  const Tensor x = arange(16).to(f32).view({1, 1, 4, 4});  // (1,1,4,4)
  std::cout << F::max_pool2d(x, 2).view({2, 2}) << "\n"
            << F::max_pool2d(x, 3, 2, 1).view({2, 2}) << "\n"
            << F::avg_pool2d(x, {2, 4}).view({2}) << "\n";
  //> tensor([[ 5.,  7.],
  //>         [13., 15.]])
  //> tensor([[ 5.,  7.],
  //>         [13., 15.]])
  //> tensor([ 3.5000, 11.5000])

  // A sequence is pooled along its one axis:

  const Tensor sequence = tensor({1.0, 5.0, 2.0, 4.0, 3.0, 0.0}).view({1, 1, 6});
  std::cout << F::max_pool1d(sequence, 2).view({3}) << " "
            << F::avg_pool1d(sequence, 2).view({3}) << "\n";
  //> tensor([5., 4., 3.]) tensor([3.0000, 3.0000, 1.5000])

  // Each channel is pooled by itself, so that there are as many after as before:

  std::cout << F::max_pool2d(cat({x, x + 1}, 1), 3, 2, 1).shape() << "\n";
  //> (1,2,2,2)

  // ## To a size
  // Sometimes what one wants is not a window but a size: "7x7, whatever comes in".
  // *Adaptive* pooling chooses the windows. Output i covers, in whole pixels, the part
  // from i/n to (i+1)/n of the picture; where n does not divide the size, windows overlap.
  // With one window, the whole picture, it is *global* pooling.

  const Tensor five = arange(5).to(f32).view({1, 1, 5});  // 0 1 2 3 4
  std::cout << F::adaptive_avg_pool1d(five, 3).view({3}) << "\n"
            << F::adaptive_avg_pool2d(rand({2, 8, 13, 9}), 7).shape() << " "
            << F::adaptive_avg_pool2d(rand({2, 8, 13, 9}), 1).shape() << "\n";
  //> tensor([0.5000, 2.0000, 3.5000])
  //> (2,8,7,7) (2,8,1,1)

  // ## Across channels
  // A window may also move over the channels and leave the pixels alone: of every two
  // channels the larger answer. If one kernel looks for a stroke to the left and another
  // for one to the right, the result is "a stroke", whichever way it leans. This is the one
  // pooling that changes the number of channels.

  const Tensor pair = tensor({{1.0, 8.0}, {3.0, 2.0}, {7.0, 0.0}, {4.0, 6.0}});  // (4,2)
  const Tensor channels = pair.view({1, 4, 1, 2});  // four channels of 1x2 pixels
  std::cout << F::channel_pool(channels, 2).view({2, 2}) << "\n";
  //> tensor([[3., 8.],
  //>         [7., 6.]])

  // ## What a shift does
  // A picture with a bright bar, and the same one pixel further right. How much changes in
  // the feature map of the edge detector, and how much after pooling? In shares of all
  // there is:

  Tensor bar = zeros({1, 1, 8, 16});  // (1,1,8,16)
  bar[{0, 0, all, slice(4, 8)}] = 1;
  const Tensor moved = roll(bar, {1}, {3});  // one to the right
  const Tensor detector = tensor({{1.0, -1.0}}).view({1, 1, 1, 2});
  auto change = [](const Tensor& before, const Tensor& after) {
    return (after - before).abs().sum().item() /
           (before.abs().sum().item() + after.abs().sum().item());
  };
  const Tensor e = F::conv2d(bar, detector).abs(), f = F::conv2d(moved, detector).abs();
  const double unpooled = change(e, f);
  double pooled = 0;
  for (int64_t start : {0, 1}) {  // windows may begin at an even or an odd column
    const Tensor p = F::max_pool2d(e[{0, 0, all, slice(start, 15)}].unsqueeze(0), {1, 2}),
                 q = F::max_pool2d(f[{0, 0, all, slice(start, 15)}].unsqueeze(0), {1, 2});
    pooled += change(p, q) / 2;
  }
  std::printf("changed by a shift of one pixel: convolution %.0f %%, pooled %.0f %%\n",
              100 * unpooled, 100 * pooled);
  //> changed by a shift of one pixel: convolution 100 %, pooled 50 %

  // Without pooling both edges are new, and the old ones gone. With 2x2 windows an edge
  // stays in its window for half of all shifts.
  //
  // ## Backward
  // Of a mean, every element gets its share: dy/(h w). Of a maximum, the winner gets all
  // and the others nothing, because moving them a little changes nothing:

  const Tensor field = tensor({{1.0, 2.0, 0.0, 3.0}, {4.0, 3.0, 2.0, 1.0}})
                           .view({1, 1, 2, 4})
                           .requires_grad_();
  F::max_pool2d(field, 2).sum().backward();
  std::cout << field.grad().view({2, 4}) << "\n";
  //> tensor([[0., 0., 0., 1.],
  //>         [1., 0., 0., 0.]])
  const auto max_right =
      gradcheck([](const std::vector<Tensor>& in) { return F::max_pool2d(in[0], 3, 2, 1); },
                {randn({2, 2, 5, 6}, f64).requires_grad_()});
  const auto avg_right =
      gradcheck([](const std::vector<Tensor>& in) { return F::avg_pool2d(in[0], 3, 2, 1); },
                {randn({2, 2, 5, 6}, f64).requires_grad_()});
  std::cout << "gradients: " << (max_right && avg_right ? "right" : "wrong") << "\n";
  //> gradients: right

  // ## Bars
  const Tensor noise = randn({9, 7});
  const double by_hand_max = (pool2d(noise, 3, 2, "max") -
                              F::max_pool2d(noise.view({1, 1, 9, 7}), {3, 2}, 1)[0][0])
                                 .abs()
                                 .max()
                                 .item();
  const double by_hand_avg = (pool2d(noise, 3, 2, "avg") -
                              F::avg_pool2d(noise.view({1, 1, 9, 7}), {3, 2}, 1)[0][0])
                                 .abs()
                                 .max()
                                 .item();
  lesson.expect("max pooling by hand against the library", by_hand_max, near(0, 0));
  lesson.expect("mean pooling by hand against the library", by_hand_avg, at_most(1e-6));
  lesson.expect("changed by a shift, without pooling", unpooled, at_least(0.99));
  lesson.expect("changed by a shift, pooled", pooled, at_most(0.6));
  lesson.expect("gradients", bool(max_right) && bool(avg_right));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Pooling takes the largest or the mean of each window, channel by channel. It has
//   nothing to learn.
// - It serves two purposes: small shifts change less, and places are put together, so that
//   later layers see more of the picture at less cost.
// - Adaptive pooling reaches a given size; global pooling leaves one number per channel.
// - Only pooling across channels changes their number.
//
// ## Exercises
// 1. (Derive, then run.) Mean pooling is a convolution. Which kernel does it have for one
//    channel, and which for C channels? (Mind `groups`.)
// 2. (Derive.) Write the maximum of two numbers with relu and additions only. So can max
//    pooling be built of convolutions and relu?
// 3. (Predict, then run.) Max pooling 2x2 twice, or 4x4 once: is there a difference? And
//    for the mean?
// 4. (Code.) Put back what max pooling found: use the indices and `max_unpool2d`, and look
//    at what is left of a picture of clothes.
