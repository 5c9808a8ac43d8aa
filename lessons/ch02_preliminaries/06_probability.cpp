// # 2.6 Probability
//
// A test for HIV is right for 99 of 100 healthy people and misses nobody who has the virus.
// Somebody's test is positive. How probable is it that they have it? Far less than it
// seems, and the reckoning takes three lines. What a network predicts is of this kind, too:
// not "this is a cat" but "a cat, with probability 0.8". What do such numbers mean, and how
// does one compute with them?
//
// You know: tensors and broadcasting (2.1), sums along axes (2.3).    New here: sampling,
// joint and conditional probabilities, Bayes' theorem, expectation and variance.

#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.6 Probability");

  // ## Rolling dice
  // A die has six *outcomes*. A *distribution* gives each outcome a probability: a number
  // from 0 to 1, all of them together 1. For a fair die that is 1/6 each. To *sample* is to
  // let chance pick an outcome by these rules; `multinomial` does that as often as we like.
  // (Replacement: what was drawn may be drawn again. A die forgets.)

  const Tensor fair = full({6}, 1. / 6, f64);              // (6)
  const Tensor ten = multinomial(fair, 10, true);          // (10) positions 0 to 5
  std::cout << ten + 1 << "\n"                             // (10) faces
            << one_hot(ten, 6).sum(0) << " times each\n";  // (10,6) -> (6)
  //> tensor([5, 6, 1, 3, 1, 2, 3, 6, 3, 6])
  //> tensor([2, 1, 3, 0, 1, 3]) times each

  // An *event* is a set of outcomes, and its probability is the sum of theirs, as no two of
  // them happen at once: an even number has 1/6 + 1/6 + 1/6 = 1/2.
  //
  // Ten rolls say little about a die. Let us do a hundred thousand and look at the
  // *frequencies* on the way: how often each face came in the first n rolls, divided by n.

  const int64_t n = 100000;
  const Tensor rolls = multinomial(fair, n, true);              // (100000)
  const Tensor counts = one_hot(rolls, 6).cumsum(0);            // (100000,6)
  const Tensor so_far = arange(1, n + 1, 1, f64).unsqueeze(1);  // (100000,1)
  const Tensor frequency = counts / so_far;                     // (100000,6)
  const Tensor error = (frequency - fair).abs().max(1).values;  // (100000)
  for (int64_t k = 10; k <= n; k *= 10) {
    std::printf("%6d rolls: farthest from 1/6 by %.4f\n", int(k), error[k - 1].item());
  }
  //>     10 rolls: farthest from 1/6 by 0.1333
  //>    100 rolls: farthest from 1/6 by 0.0533
  //>   1000 rolls: farthest from 1/6 by 0.0093
  //>  10000 rolls: farthest from 1/6 by 0.0043
  //> 100000 rolls: farthest from 1/6 by 0.0017

  // The frequencies settle at the probabilities: the *law of large numbers*. It is slow. A
  // hundred times as many rolls buy one more digit; why just that many is found at the end.

  std::vector<int64_t> stops;  // about evenly spaced on a logarithmic axis
  for (double k = 10; k < 1.001 * n; k *= 1.122) stops.push_back(int64_t(k));
  const Tensor places = tensor(stops);                              // (82)
  const Tensor curves = frequency.index_select(0, places - 1).T();  // (6,82)
  Figure figure({.figsize = {6, 4}});
  for (int64_t face = 0; face < 6; ++face) {
    figure.axes().line(places, curves[face], "-", std::to_string(face + 1));
  }
  figure.axes().line(places, full_like(places, 1. / 6, f64), "k--", "1/6");
  figure.axes().xscale("log").xlabel("rolls").ylabel("frequency").ylim({0, 0.5});
  lesson.show(figure, "frequencies");

  // ## Several quantities: the joint table
  // An ice cream van keeps a diary of 1000 days: what the sky was like (C), whether many
  // ice creams were sold (A), and whether somebody came with a sunburn (B). Divided by
  // 1000, the counts are the *joint distribution* P(C,A,B), a number for each combination.

  // Rows: few ice creams, many. Columns: no sunburn, some.
  const Tensor cloudy = tensor({{432., 48.}, {108., 12.}}, f64);  // (2,2) days
  const Tensor sunny = tensor({{40., 40.}, {160., 160.}}, f64);   // (2,2) days
  const Tensor joint = stack({cloudy, sunny}) / 1000;             // (2,2,2) axes C, A, B
  std::cout << joint << "\n";
  //> tensor([[[0.4320, 0.0480],
  //>          [0.1080, 0.0120]],
  //>
  //>         [[0.0400, 0.0400],
  //>          [0.1600, 0.1600]]], dtype=f64)

  // Who does not care about the sky adds its cases up. What is left is the *marginal*
  // distribution P(A,B): a sum over an axis, once written into the margin of the table.
  //
  //     P(A,B) = sum_C P(C,A,B)
  //
  // Who knows that many ice creams were sold keeps that part of the table alone and divides
  // it by its total, so that it adds up to 1 again: the *conditional* distribution of B
  // given A.
  //
  //     P(B|A) = P(A,B) / P(A)           or        P(A,B) = P(B|A) P(A)

  const Tensor p_ab = joint.sum(0);                   // (2,2) axes A, B
  const Tensor p_a = p_ab.sum(1), p_b = p_ab.sum(0);  // (2) each
  const Tensor b_given_a = p_ab / p_a.unsqueeze(1);   // (2,2): each row sums to 1
  std::printf("a sunburn: %.3f; given many ice creams: %.3f; given few: %.3f\n",
              p_b[1].item(), b_given_a[{1, 1}].item(), b_given_a[{0, 1}].item());
  //> a sunburn: 0.260; given many ice creams: 0.391; given few: 0.157

  // Ice cream goes with sunburn! If A told nothing about B, that is P(B|A) = P(B), the two
  // would be *independent*, and their probabilities would multiply: P(A,B) = P(A) P(B).
  // They aren't. But nobody is burnt by ice cream: both come with the sun. Within each kind
  // of sky, A may tell nothing more about B. That is *conditional independence*:
  //
  //     P(A,B|C) = P(A|C) P(B|C)
  //
  // To test it, condition on C, multiply the marginals, and see how far off the product is.

  const auto gap = [](const Tensor& p) {        // (K,2,2) axes C, A, B
    const Tensor ab = p / p.sum({1, 2}, true);  // (K,2,2) P(A,B|C)
    const Tensor a = ab.sum(2, true);           // (K,2,1) P(A|C)
    const Tensor b = ab.sum(1, true);           // (K,1,2) P(B|C)
    return (ab - a * b).abs().max().item();     // how far from independent
  };
  const double gap_alone = gap(joint.sum(0, true));  // one C that is always true
  const double gap_given_sky = gap(joint);
  std::printf("ice cream and sunburn: gap %.4f; given the sky: below 1e-15: %s\n",
              gap_alone, gap_given_sky < 1e-15 ? "yes" : "no");
  //> ice cream and sunburn: gap 0.0576; given the sky: below 1e-15: yes

  // The table was exact. Real data are a sample, and then the gap is small instead of 0. We
  // draw 100 000 days from the table, as if its eight cells were the faces of a die.

  const Tensor drawn = multinomial(joint.flatten(), n, true);  // (100000)
  const Tensor sampled = one_hot(drawn, 8).sum(0).reshape({2, 2, 2}).to(f64) / n;
  std::printf("in the sample: gap %.4f; given the sky %.4f\n", gap(sampled.sum(0, true)),
              gap(sampled));
  //> in the sample: gap 0.0565; given the sky 0.0016

  // It works the other way round, too. Toss two coins, and let C say whether they fell
  // differently. The coins know nothing of each other, until somebody tells you C: then one
  // coin gives the other away.

  const Tensor same = tensor({{0.25, 0.}, {0., 0.25}}, f64);       // (2,2) C = 0
  const Tensor different = tensor({{0., 0.25}, {0.25, 0.}}, f64);  // (2,2) C = 1
  const Tensor coins = stack({same, different});                   // (2,2,2) axes C, A, B
  std::printf("two coins: gap %.2f; told whether they differ: gap %.2f\n",
              gap(coins.sum(0, true)), gap(coins));
  //> two coins: gap 0.00; told whether they differ: gap 0.25

  // ## Bayes' theorem
  // P(A,B) can be split in two ways, P(B|A) P(A) = P(A|B) P(B). So a condition can be
  // turned round, and that is Bayes' theorem. We want the probability of a state of the
  // world, given what was observed; we know how probable the observation is in each state.
  //
  //     P(state|seen) = P(seen|state) P(state) / P(seen)
  //     P(seen) = sum_state P(seen|state) P(state)
  //
  // P(state) is the *prior*, what we believed before; P(state|seen) the *posterior*. In
  // code: multiply, then divide by the total.

  const auto bayes = [](const Tensor& prior, const Tensor& seen_given_state) {
    const Tensor both = prior * seen_given_state;  // P(state, seen)
    return both / both.sum();
  };

  // Of 10 000 people 15 have the virus. The test finds everyone who has it, and is wrong
  // for one of a hundred who have not. For each state, the probabilities of both results:

  const Tensor people = tensor({0.9985, 0.0015}, f64);             // (2) healthy, ill
  const Tensor test1 = tensor({{0.99, 0.01}, {0.00, 1.00}}, f64);  // (2,2) state, result
  const Tensor after1 = bayes(people, test1[{all, 1}]);            // (2)
  std::printf("ill after one positive test: %.4f\n", after1[1].item());
  //> ill after one positive test: 0.1306

  // Thirteen percent. Of two million people 3000 are ill, and all are found; but 19 970 of
  // the many healthy ones are alarmed as well. 3000 of 22 970 are 0.1306. Who forgets the
  // prior takes 0.99 for the answer.
  //
  // So a second test is made, a different one and not as good. The posterior of the first
  // is the prior of the second.

  const Tensor test2 = tensor({{0.97, 0.03}, {0.02, 0.98}}, f64);  // (2,2) state, result
  const Tensor after2 = bayes(after1, test2[{all, 1}]);            // (2)
  std::printf("ill after two positive tests: %.4f\n", after2[1].item());
  //> ill after two positive tests: 0.8307

  // One after the other or both at once is the same, if the tests are independent *given
  // the state*: then P(both positive|state) is a product. That is why it is another test.
  // The first one, repeated, might be misled again by the same thing in the blood.

  const Tensor at_once = bayes(people, test1[{all, 1}] * test2[{all, 1}]);  // (2)
  std::printf("both at once: %.4f\n", at_once[1].item());
  //> both at once: 0.8307

  // ## Expectation
  // How much does a roll bring on average? Weigh each value with its probability. This is
  // the *expectation*; for a function of x, weigh the function's values.
  //
  //     E[x] = sum_x x P(x)                 E[f(x)] = sum_x f(x) P(x)
  //
  // The law of large numbers, once more: averages of samples settle at the expectation. (A
  // frequency is an average, too, of ones and zeros.)

  const Tensor face = arange(1, 7, 1, f64);  // (6)
  const double mean_x = fair.dot(face).item();
  const double mean_x2 = fair.dot(face.square()).item();
  const Tensor points = (rolls + 1).to(f64);  // (100000)
  std::printf("E[x] = %.4f, of the rolls %.4f\n", mean_x, points.mean().item());
  std::printf("E[x^2] = %.4f, of the rolls %.4f\n", mean_x2, points.square().mean().item());
  //> E[x] = 3.5000, of the rolls 3.4948
  //> E[x^2] = 15.1667, of the rolls 15.1258

  // Note that E[x^2] is not E[x]^2 = 12.25. Only straight lines may be taken out of an
  // expectation: E[a x + b] = a E[x] + b.
  //
  // ## Variance
  // The *variance* says how far from its expectation a quantity strays: the expected square
  // of the distance. Its root, the *standard deviation*, is in the unit of x again.
  //
  //     Var[x] = E[(x - E[x])^2]
  //            = E[x^2] - 2 E[x] E[x] + E[x]^2 = E[x^2] - E[x]^2
  //     Var[f(x)] = E[(f(x) - E[f(x)])^2]
  //
  // (The short form is for paper. On a computer it subtracts two large numbers to get a
  // small one; exercise 5 shows how that ends.)

  const auto variance = [](const Tensor& p, const Tensor& values) {
    return p.dot((values - p.dot(values)).square()).item();
  };
  const double var_x = variance(fair, face), std_x = std::sqrt(var_x);
  const double var_x2 = variance(fair, face.square());
  const double sample_var = (points - points.mean()).square().mean().item();
  std::printf("Var[x] = %.4f = %.4f - %.4f, of the rolls %.4f\n", var_x, mean_x2,
              mean_x * mean_x, sample_var);
  std::printf("standard deviation %.4f; Var[x^2] = %.4f\n", std_x, var_x2);
  //> Var[x] = 2.9167 = 15.1667 - 12.2500, of the rolls 2.9123
  //> standard deviation 1.7078; Var[x^2] = 149.1389

  // ## Why averages are slow
  // Two rules finish the story of the dice. A factor comes out squared, and the variances
  // of independent quantities add:
  //
  //     Var[a x] = a^2 Var[x]               Var[x + y] = Var[x] + Var[y]
  //     Var[(x_1 + ... + x_n) / n] = n Var[x] / n^2 = Var[x] / n
  //
  // So the mean of n rolls has the standard deviation std / sqrt(n). We roll 100 dice, 1000
  // times over, and look at how the 1000 means scatter; a tenth of the deviation of a
  // single die is promised.

  const Tensor trials = multinomial(fair.expand({1000, 6}), 100, true);  // (1000,100)
  const Tensor means = (trials + 1).to(f64).mean(1);                     // (1000)
  const double scatter = std::sqrt((means - means.mean()).square().mean().item());
  std::printf("means of 100 rolls scatter by %.3f, promised %.3f\n", scatter, std_x / 10);
  //> means of 100 rolls scatter by 0.169, promised 0.171

  // How often a face comes is a mean of ones and zeros. A one strays from p by 1 - p, a
  // zero by p, so the variance is p (1-p)^2 + (1-p) p^2 = p (1-p). Thus sqrt(p (1-p) / n)
  // is the distance from 1/6 to expect of one frequency; the farthest of six is usually
  // one to two times as far.

  const double p = 1. / 6;
  for (int64_t k = 10; k <= n; k *= 10) {
    std::printf("%6d rolls: deviation %.4f, farthest %.4f\n", int(k),
                std::sqrt(p * (1 - p) / double(k)), error[k - 1].item());
  }
  //>     10 rolls: deviation 0.1179, farthest 0.1333
  //>    100 rolls: deviation 0.0373, farthest 0.0533
  //>   1000 rolls: deviation 0.0118, farthest 0.0093
  //>  10000 rolls: deviation 0.0037, farthest 0.0043
  //> 100000 rolls: deviation 0.0012, farthest 0.0017

  // ## Bars
  lesson.expect("frequencies after 100 000 rolls: error", error[n - 1].item(),
                at_most(0.01));
  lesson.expect("ice cream and sunburn depend", gap_alone,
                near(0.172 - 0.44 * 0.26, 1e-15));
  lesson.expect("but not given the sky", gap_given_sky, at_most(1e-15));
  lesson.expect("nor in a sample of 100 000 days", gap(sampled), at_most(0.01));
  lesson.expect("coins depend once compared", gap(coins), near(0.25, 0));
  lesson.expect("ill after one positive test", after1[1].item(), near(300. / 2297, 1e-15));
  lesson.expect("ill after two", after2[1].item(), near(9800. / 11797, 1e-15));
  lesson.expect("both tests at once", at_once[1].item(), near(9800. / 11797, 1e-15));
  lesson.expect("E[x]", mean_x, near(3.5, 1e-14));
  lesson.expect("E[x^2]", mean_x2, near(91. / 6, 1e-14));
  lesson.expect("Var[x]", var_x, near(35. / 12, 1e-14));
  lesson.expect("Var[x^2]", var_x2, near(5369. / 36, 1e-12));
  lesson.expect("mean of the rolls", points.mean().item(), near(3.5, 0.03));
  lesson.expect("variance of the rolls", sample_var, near(35. / 12, 0.05));
  lesson.expect("scatter of means over the promise", scatter / (std_x / 10), near(1, 0.1));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
//
// - Frequencies and averages of samples settle at probabilities and expectations, with an
//   error that falls like 1/sqrt(n).
// - In a joint table, summing over an axis marginalises; keeping a part and dividing by its
//   total conditions.
// - Independent: P(A,B) = P(A) P(B). It may hold only given C, or hold until C is given.
// - Bayes: prior times likelihood, divided by the total. Rare things stay improbable after
//   one imperfect test.
// - Var[x] = E[(x - E[x])^2]; variances of independent quantities add.
//
// ## Exercises
//
// 1. *Predict.* Two dice, and the sum of their points: what is the most probable sum, and
//    how probable is it? What are expectation and variance? Then make the (6,6) table.
// 2. *Derive.* If A and B are independent, so are "not A" and B. And if A and B exclude
//    each other and both are possible, can they be independent?
// 3. *Derive.* How many rolls are needed before the frequency of a six is within 0.01 of
//    1/6 in 95 of 100 trials? (A mean of many rolls is within two standard deviations that
//    often.) Make 1000 trials of that many.
// 4. *Code.* Test a million people: draw their states, then the results of both tests, and
//    count who is ill among those with one positive, and with two.
// 5. *Code.* 100 000 measurements in f32, normal around 10 000 with standard deviation 1.
//    Compute the variance by both forms of the formula. What comes out, and why?
