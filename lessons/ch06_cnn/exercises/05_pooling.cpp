// # Solutions to 6.5: pooling

#include <iostream>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "6.5 Pooling: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. The mean as a convolution
  // A kernel h x w of 1/(h w) everywhere, stride as the pool's. For C channels each keeps
  // to itself: C groups, weights (C,1,h,w).

  const Tensor x = randn({2, 3, 8, 6});          // (2,3,8,6)
  const Tensor mean = full({3, 1, 2, 2}, 0.25);  // (3,1,2,2)
  const double apart =
      (F::conv2d(x, mean, {}, 2, 0, 1, 3) - F::avg_pool2d(x, 2)).abs().max().item();
  lesson.expect("1: a convolution", apart, at_most(1e-6));

  // ## 2. The maximum from relu
  // max(a,b) = a + relu(b-a): a difference is a convolution with (-1,1). So max pooling can
  // be built of convolutions and relu, two numbers at a time.

  const Tensor a = randn({100}), b = randn({100});  // (100), (100)
  const double off = ((a + relu(b - a)) - maximum(a, b)).abs().max().item();
  lesson.expect("2: max(a,b) = a + relu(b-a)", off, at_most(1e-6));

  // ## 3. Twice 2x2, or 4x4
  // The largest of the largest is the largest: no difference. The mean of means is the
  // mean, too, as all windows have the same size.

  const Tensor y = randn({1, 2, 8, 12});  // (1,2,8,12)
  const Tensor max_twice = F::max_pool2d(F::max_pool2d(y, 2), 2);
  const Tensor mean_twice = F::avg_pool2d(F::avg_pool2d(y, 2), 2);
  lesson.expect("3: max", (max_twice - F::max_pool2d(y, 4)).abs().max().item(), near(0, 0));
  lesson.expect("3: mean", (mean_twice - F::avg_pool2d(y, 4)).abs().max().item(),
                at_most(1e-6));

  // ## 4. What pooling leaves
  // One pixel of four is kept, in its place; the rest is 0. The clothes are still to be
  // seen, in dots: of every four pixels the brightest.

  const data::Fashion fashion = load_fashion(lesson, {.train_count = 10, .test_count = 5});
  const Tensor X = fashion.test.images().to(f32) / 255;             // (5,1,28,28)
  const auto [largest, places] = F::max_pool2d_with_indices(X, 2);  // (5,1,14,14) each
  const Tensor back = F::max_unpool2d(largest, places, 2);          // (5,1,28,28)
  lesson.show(image_sheet(cat({X, back}), 2, 5), "unpooled");
  const Tensor lost = (back != X) & (back != 0);  // neither the pixel nor 0
  lesson.expect("4: pixels that are neither kept nor 0", lost.sum().item(), near(0, 0));
  lesson.expect("4: share of the brightness kept", back.sum().item() / X.sum().item(),
                at_least(0.25));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
