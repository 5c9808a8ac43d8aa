// # Solutions to 2.6, Probability

#include <cmath>
#include <cstdio>
#include <iostream>

#include "handgrad.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.6 Probability: solutions");
  const Tensor fair = full({6}, 1. / 6, f64);  // (6)

  // **1.** Seven: six of the 36 pairs make it, 1/6. Expectations add, 3.5 + 3.5 = 7, and so
  // do the variances of independent dice, 35/12 + 35/12 = 35/6.
  //
  // The table is a column times a row. P(sum = s) adds up its diagonal from lower left to
  // upper right; a comparison makes a mask of it.

  const Tensor face = arange(1, 7, 1, f64);       // (6)
  const Tensor pairs = fair.unsqueeze(1) * fair;  // (6,6) probabilities
  const Tensor sums = face.unsqueeze(1) + face;   // (6,6) points
  Tensor p_sum = zeros({13}, f64);                // (13) for sums 0 to 12
  for (int64_t s = 0; s <= 12; ++s) p_sum[s] = pairs[sums == s].sum();
  std::cout << p_sum << "\n";
  const double mean = (pairs * sums).sum().item();
  const double variance = (pairs * (sums - mean).square()).sum().item();
  lesson.expect("the most probable sum", p_sum.argmax().item(), near(7, 0));
  lesson.expect("its probability", p_sum[7].item(), near(1. / 6, 1e-14));
  lesson.expect("E of the sum", mean, near(7, 1e-13));
  lesson.expect("Var of the sum", variance, near(35. / 6, 1e-13));

  // **2.** B happens with A or without, so P(not A, B) = P(B) - P(A,B). With P(A,B) =
  // P(A) P(B) that is P(B) (1 - P(A)) = P(B) P(not A).
  //
  // Events that exclude each other have P(A,B) = 0, which P(A) P(B) is not if both are
  // possible: they are never independent. Who knows that A happened knows that B did not.
  //
  // A table of two independent events with P(A) = 0.3 and P(B) = 0.6 shows the first:

  const Tensor a = tensor({0.7, 0.3}, f64), b = tensor({0.4, 0.6}, f64);  // (2) no, yes
  Tensor both = zeros({2, 2}, f64);                                       // (2,2) axes A, B
  both[{1, 1}] = a[1] * b[1];          // all that is given: P(A,B) = P(A) P(B)
  both[{0, 1}] = b[1] - both[{1, 1}];  // the other cells fill up the margins
  both[{1, 0}] = a[1] - both[{1, 1}];
  both[{0, 0}] = 1 - both.sum();
  lesson.expect("not A and B are independent", both[{0, 1}].item(),
                near(a[0].item() * b[1].item(), 1e-15));
  lesson.expect("and so are all four pairs", both.allclose(a.unsqueeze(1) * b, 0, 1e-15));

  // **3.** The frequency has the standard deviation sqrt(p (1-p) / n), and twice that shall
  // be 0.01:
  //
  //     n = 4 p (1-p) / 0.01^2 = 4 * (1/6) (5/6) / 0.0001 = 5556
  //
  // In 1000 trials about 950 should stay within. (Each either does or doesn't, so their
  // number itself has a standard deviation, sqrt(1000 * 0.95 * 0.05) = 7.)

  const int64_t n = 5556;
  const Tensor rolls = multinomial(fair.expand({1000, 6}), n, true);  // (1000,5556)
  const Tensor sixes = (rolls == 5).sum(1).to(f64) / n;               // (1000)
  const Tensor within = ((sixes - 1. / 6).abs() <= 0.01).sum();       // ()
  std::printf("within 0.01 of 1/6: %d of 1000\n", int(within.item()));
  lesson.expect("trials within 0.01", within.item(), near(950, 35));

  // **4.** bernoulli(p) draws 1 with probability p, element by element. So everybody gets
  // the probability that belongs to their state. (An index in the brackets picks one for
  // each person.)

  const int64_t people = 1000000;
  const Tensor prior = tensor({0.9985, 0.0015}, f64);               // (2) healthy, ill
  const Tensor positive1 = tensor({0.01, 1.00}, f64);               // (2) by state
  const Tensor positive2 = tensor({0.03, 0.98}, f64);               // (2) by state
  const Tensor state = multinomial(prior, people, true);            // (1000000) 1: ill
  const Tensor first = bernoulli(positive1[state]) == 1;            // (1000000)
  const Tensor twice = first & (bernoulli(positive2[state]) == 1);  // (1000000)
  const double ill_once = state[first].to(f64).mean().item();
  const double ill_twice = state[twice].to(f64).mean().item();
  std::printf("%d positive, %.3f of them ill;  %d twice, %.3f of them ill\n",
              int(first.sum().item()), ill_once, int(twice.sum().item()), ill_twice);
  lesson.expect("ill after one positive test", ill_once, near(300. / 2297, 0.015));
  lesson.expect("ill after two", ill_twice, near(9800. / 11797, 0.045));

  // **5.** f32 has 24 bits. E[x^2] is about 10^8, where neighbouring f32 numbers are 8
  // apart, and so are those near E[x]^2: their difference is a multiple of 8, and never
  // the 1 that was asked for. (It may even be negative, a variance below nothing.) The
  // distances x - E[x] are small, and their squares keep all their digits.

  const Tensor x = normal(10000, 1, {100000});  // (100000) f32
  const double by_squares = (x.square().mean() - x.mean().square()).item();
  const double by_distance = (x - x.mean()).square().mean().item();
  std::printf("E[x^2] - E[x]^2 = %.4f,  E[(x - E[x])^2] = %.4f\n", by_squares, by_distance);
  lesson.expect("by squares: rest after division by 8", std::remainder(by_squares, 8),
                near(0, 0));
  lesson.expect("by distances", by_distance, near(1, 0.03));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
