// # 3.51 Losses
//
// A model guesses, and then the truth comes out. How bad was the guess? Training needs the
// answer as one number with a slope. Squares were one such number; there are others, and
// the choice decides what a model learns: the mean or the median, to be right or to know
// how sure it can be. Which loss fits which question, and what are they all made of?
//
// This lesson also gives the theory behind 3.6 and 3.7, section 3.4 of the course.
//
// You know: squared loss and maximum likelihood (3.1), backward and gradcheck (2.5).
// New here: softmax regression, entropy, all losses of the course, and one of your own.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

using LossOf = std::function<Tensor(const Tensor& guess)>;
using Pair = std::function<Tensor(const Tensor& guess, const Tensor& truth)>;

// ## Trust, but check
// A loss that is slightly wrong still trains, only worse. So each loss below is checked:
// its value, and the slope of the guess's first element, against numbers worked out on
// paper, and all slopes against measured ones. Each check prints its row of a table.

struct Witness {
  double from_paper = 0;     // all differences, added up: one nan makes it nan
  double from_measured = 0;  // the largest difference

  void operator()(const std::string& name, const LossOf& loss, const Tensor& at,
                  double value, double slope) {
    Tensor x = at.detach().clone().requires_grad_();
    Tensor y = loss(x);  // (), the loss
    y.backward();
    double dx = x.grad().flatten()[0].item();
    std::printf("%-18s loss %7.4f, on paper %7.4f   slope %7.4f, on paper %7.4f\n",
                name.c_str(), y.item(), value, dx, slope);
    GradCheck measured =
        gradcheck([&](const std::vector<Tensor>& v) { return loss(v[0]); }, {x});
    from_paper += std::abs(y.item() - value) + std::abs(dx - slope);
    from_measured = std::max(from_measured, measured.ok ? measured.worst : HUGE_VAL);
  }
};

// A row of a table of numbers; -0 is printed as 0, and nan without a sign.
void print_row(const char* name, const Tensor& row) {
  std::printf("%-8s", name);
  for (double v : row.to_vector<double>()) {
    std::printf("%9g", std::isnan(v) ? NAN : v + 0.0);
  }
  std::printf("\n");
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.51 Losses");
  manual_seed(lesson.seed() + 1);
  Witness witness;
  const double ln2 = std::log(2), ln3 = std::log(3), ln5 = std::log(5);

  // ## A linear model for classes
  // A scale and a camera measure a fruit: mass, length, width, redness. Is it an apple, a
  // pear or a plum? We could number the classes 0, 1, 2, but these numbers are only names:
  // a pear is not halfway between an apple and a plum. *One-hot* labels say no more than
  // they mean, with a place for each class and a 1 in one of them.

  Tensor classes = tensor({0, 2, 1});  // (3), i64: one per fruit
  Tensor y = one_hot(classes, 3);      // (3,3), i64: fruit, class
  std::cout << y << "\n";
  //> tensor([[1, 0, 0],
  //>         [0, 0, 1],
  //>         [0, 1, 0]])

  // So the model needs three outputs as well. Each is linear in the d = 4 features, with
  // weights of its own: o = W x + b, with W (3,4) and b (3). These *scores* (or *logits*)
  // can be any numbers. Softmax turns them into probabilities, positive with the sum 1:
  //
  //     p[k] = exp(o[k]) / sum_j exp(o[j])
  //
  // This is *softmax regression*. It bends the scores, and it keeps their order: the most
  // probable class is the one with the largest score. Where two classes are equally
  // probable their scores are equal, W[j]·x + b[j] = W[k]·x + b[k], which is a plane. The
  // model is still a linear one.

  nn::Linear net(4, 3);
  Tensor features = rand({3, 4});           // (3,4): fruit, feature
  Tensor guess = net(features).softmax(1);  // (3,3): fruit, class
  bool sums_to_1 = guess.sum(1).allclose(ones({3}));
  std::printf("%d parameters, guesses %s, rows sum to 1: %s\n", int(net.parameter_count()),
              guess.shape().to_string().c_str(), sums_to_1 ? "yes" : "no");
  //> 15 parameters, guesses (3,3), rows sum to 1: yes

  // ## How probable is what happened?
  // In 3.1 the best weights were those under which the data are the least surprising. The
  // same question again: the model gives the class t[i], which fruit i really has, the
  // probability p[i,t[i]], and independent fruits multiply.
  //
  //     P(all labels) = prod_i p[i,t[i]]        -log P = sum_i -log p[i,t[i]]
  //
  // The loss of one fruit is thus l = -log p[t], or, written with its one-hot row y,
  //
  //     l = - sum_k y[k] log p[k]                the cross-entropy of y and p
  //
  // To check by hand we take scores whose exponentials are whole numbers. The rows of p
  // are (1,2,5)/8, (1,1,2)/4 and (1,1,1)/3; of the true classes, 1/8, 1/2 and 1/3.

  Tensor counts = tensor({{1.0, 2.0, 5.0}, {1.0, 1.0, 2.0}, {1.0, 1.0, 1.0}}, f64);
  Tensor o = counts.log().requires_grad_();                      // (3,3): fruit, class
  std::cout << -(y * o.detach().log_softmax(1)).sum(1) << "\n";  // (3): ln 8, ln 2, ln 3
  witness(
      "cross-entropy, sum",
      [&](auto& x) { return F::cross_entropy(x, classes, {}, "sum"); }, o,
      -std::log(1.0 / 8 * 1 / 2 * 1 / 3), 1.0 / 8 - 1);
  //> tensor([2.0794, 0.6931, 1.0986], dtype=f64)
  //> cross-entropy, sum loss  3.8712, on paper  3.8712   slope -0.8750, on paper -0.8750

  // ## Surprise, and its average
  // -log p is the *information* in an event of probability p, how much we learn when it
  // happens: nothing if it was certain, more the less we expected it. Natural logarithms
  // measure it in *nats*, those of base 2 in *bits*; a nat is 1/ln 2 = 1.44 bits. Its
  // average, if things happen with the probabilities q and somebody expects p:
  //
  //     H(q)   = - sum_k q[k] log q[k]           *entropy*, for one who knows q
  //     H(q,p) = - sum_k q[k] log p[k]           *cross-entropy*, for one who believes in p
  //
  // Nobody is less surprised than one who knows, H(q,p) >= H(q), and the price of the wrong
  // belief has a name: H(q,p) - H(q) = sum_k q[k] log(q[k]/p[k]), the *Kullback-Leibler
  // divergence*. A one-hot truth has entropy 0; there the two are the same.
  //
  // Letters with q = (1/2, 1/4, 1/4) can be written as the words 0, 10 and 11. That takes
  // 1/2*1 + 1/4*2 + 1/4*2 = 1.5 bits per letter, the entropy, and no code does better.

  Tensor q = tensor({0.5, 0.25, 0.25}, f64);           // (3), the truth
  Tensor p = tensor({0.125, 0.25, 0.625}, f64);        // (3), the belief
  double entropy = -(q * q.log()).sum().item();        // nats
  double cross = F::cross_entropy(p.log(), q).item();  // nats; the target is q
  std::printf("H(q) = %.4f nats = %.4f bits, H(q,p) = %.4f nats\n", entropy, entropy / ln2,
              cross);
  std::printf("H(q,p) - H(q) = %.4f, kl_div %.4f\n", cross - entropy,
              F::kl_div(p.log(), q, "sum").item());
  //> H(q) = 1.0397 nats = 1.5000 bits, H(q,p) = 1.5038 nats
  //> H(q,p) - H(q) = 0.4641, kl_div 0.4641

  // ## Its slope: the guess minus the truth
  // Put softmax into the loss. log p[k] = o[k] - log sum_j exp(o[j]), and y has the sum 1:
  //
  //     l        = log sum_j exp(o[j]) - sum_k y[k] o[k]
  //     dl/do[k] = exp(o[k]) / sum_j exp(o[j]) - y[k] = p[k] - y[k]
  //
  // What a linear model with squares has, yhat - y, comes back for classes. No logarithm
  // and no quotient are left, so nothing can blow up: a slope is never beyond ±1.

  F::cross_entropy(o, classes, {}, "sum").backward();
  Tensor guess_minus_truth = o.detach().softmax(1) - y;  // (3,3)
  double slope_error = (o.grad() - guess_minus_truth).abs().max().item();
  std::cout << o.grad() << "\n";
  //> tensor([[-0.8750,  0.2500,  0.6250],
  //>         [ 0.2500,  0.2500, -0.5000],
  //>         [ 0.3333, -0.6667,  0.3333]], dtype=f64)

  // ## From many losses to one
  // With reduction "none" there is a loss for each sample, good for seeing which are the
  // hard ones. Training from them needs one more line. It is easily lost (the notes of
  // this course have lost it), and then backward says what it is missing:

  Tensor l = F::cross_entropy(o, classes, {}, "none");  // (3)
  try {
    l.backward();
  } catch (const Error& e) {
    std::printf("%s\n", e.what());
  }
  //> backward: a gradient can be created only for one number, and this is (3)
  //>   hint: reduce it to a scalar loss, or pass the gradient to start from

  o.zero_grad();
  l.mean().backward();  // the line
  double mean_slope = o.grad()[{0, 0}].item();
  std::printf("slope of the mean %.4f\n", mean_slope);
  //> slope of the mean -0.2917

  // That is a third of the slope of the sum, -0.875. A "sum" grows with the batch, and the
  // step with it; that is why 3.2 divides by the batch size. "mean", the default, does not
  // grow, and one learning rate serves batches of all sizes.
  //
  // ## Classes that count more, less, or not at all
  // A weight w[k] for each class makes rare classes heard. The weighted mean then divides
  // by the weights that were used, sum_i w[t[i]] l[i] / sum_i w[t[i]], not by their
  // number. Labels equal to `ignore_index` (padding, for example) cost nothing and are not
  // counted. *Label smoothing* gives a share e of the truth to all C classes alike, so
  // that the true one is asked for 1-e+e/C; a model that is told so need not grow its
  // scores for ever. And where the log-probabilities exist already, nll_loss picks and
  // averages them: cross_entropy is log_softmax and nll_loss in one.

  Tensor w = tensor({1.0, 2.0, 4.0}, f64);  // (3), one per class
  Tensor partly = tensor({0, -100, 1});     // (3), i64: one is unknown
  witness(
      "weighted", [&](auto& x) { return F::cross_entropy(x, classes, w); }, o,
      (1 * 3 * ln2 + 4 * ln2 + 2 * ln3) / 7, -7.0 / 8 / 7);
  witness(
      "nll, weighted", [&](auto& x) { return F::nll_loss(x, classes, w); },
      o.log_softmax(1), (1 * 3 * ln2 + 4 * ln2 + 2 * ln3) / 7, -1.0 / 7);
  witness(
      "one ignored", [&](auto& x) { return F::cross_entropy(x, partly); }, o,
      (3 * ln2 + ln3) / 2, -7.0 / 8 / 2);
  // e = 0.3 makes the truths (0.8, 0.1, 0.1), (0.1, 0.1, 0.8) and (0.1, 0.8, 0.1).
  witness(
      "smoothed, e = 0.3",
      [&](auto& x) { return F::cross_entropy(x, classes, {}, "mean", -100, 0.3); }, o,
      (2.9 * ln2 - 0.1 * ln5 + 1.2 * ln2 + ln3) / 3, (1.0 / 8 - 0.8) / 3);
  //> weighted           loss  1.0070, on paper  1.0070   slope -0.1250, on paper -0.1250
  //> nll, weighted      loss  1.0070, on paper  1.0070   slope -0.1429, on paper -0.1429
  //> one ignored        loss  1.5890, on paper  1.5890   slope -0.4375, on paper -0.4375
  //> smoothed, e = 0.3  loss  1.2599, on paper  1.2599   slope -0.2250, on paper -0.2250

  // ## Numbers: what does a miss cost?
  // Back to regression. A guess misses by d = yhat - y, and the loss is a function of d:
  //
  //     l1_loss         |d|                                     slope sign(d)
  //     mse_loss        d^2, without a half                     slope 2d
  //     squared_loss    d^2/2, the one of 3.1                   slope d
  //     huber_loss      d^2/2 if |d| <= 1, else |d| - 1/2       slope d, but at most ±1
  //     smooth_l1_loss  d^2/(2 beta) if |d| < beta, else |d| - beta/2
  //
  // Squares care most about the worst miss, and their slope fades as the miss does.
  // Absolute values treat all misses alike: one absurd label pulls no more than any other,
  // but the slope never fades. Huber's loss takes the better half of each, and smooth L1
  // is the same curve divided by its threshold beta; for beta = 1 they agree.

  const std::vector<std::pair<std::string, Pair>> of_misses = {
      {"L1", [](auto& x, auto& t) { return F::l1_loss(x, t, "none"); }},
      {"MSE", [](auto& x, auto& t) { return F::mse_loss(x, t, "none"); }},
      {"squared, half", [](auto& x, auto& t) { return (x - t).square() / 2; }},
      {"Huber", [](auto& x, auto& t) { return F::huber_loss(x, t, "none"); }},
      {"smooth L1, 2.5",
       [](auto& x, auto& t) { return F::smooth_l1_loss(x, t, "none", 2.5); }}};
  Tensor misses = tensor({-2.0, 0.5, 3.0}, f64);          // (3)
  const double sums[] = {5.5, 13.25, 6.625, 4.125, 2.6};  // of the three losses
  const double slopes[] = {-1, -4, -2, -1, -0.8};         // at the miss -2
  Tensor miss = linspace(-3, 3, 121, f64);                // (121)
  std::vector<Values> loss_curves, slope_curves;
  PlotOptions look{.xlabel = "miss",
                   .ylabel = "loss",
                   .ylim = {0, 8},
                   .fmts = {"-", "m--", "g-.", "r:", "c-"}};
  for (size_t k = 0; k < of_misses.size(); ++k) {
    const Pair& loss = of_misses[k].second;
    look.legend.push_back(of_misses[k].first);
    witness(
        of_misses[k].first, [&](auto& x) { return loss(x, zeros_like(x)).mean(); }, misses,
        sums[k] / 3, slopes[k] / 3);
    Tensor x = miss.clone().requires_grad_();  // (121), guesses of 0
    Tensor each = loss(x, zeros_like(x));      // (121)
    each.sum().backward();
    loss_curves.emplace_back(each.detach());
    slope_curves.emplace_back(x.grad());
  }
  //> L1                 loss  1.8333, on paper  1.8333   slope -0.3333, on paper -0.3333
  //> MSE                loss  4.4167, on paper  4.4167   slope -1.3333, on paper -1.3333
  //> squared, half      loss  2.2083, on paper  2.2083   slope -0.6667, on paper -0.6667
  //> Huber              loss  1.3750, on paper  1.3750   slope -0.3333, on paper -0.3333
  //> smooth L1, 2.5     loss  0.8667, on paper  0.8667   slope -0.2667, on paper -0.2667
  lesson.show(plot(miss, loss_curves, look), "losses");
  look.ylabel = "slope";
  look.ylim = {-4, 4};
  lesson.show(plot(miss, slope_curves, look), "loss_slopes");

  // ## Two classes: one score is enough
  // For yes or no a single score x will do, with p = sigmoid(x) = 1/(1 + exp(-x)) for yes.
  // The truth t is 1 or 0. The cross-entropy has two terms now:
  //
  //     l = -(t log p + (1-t) log(1-p))          dl/dx = p - t
  //
  // Computed as it stands, this *binary cross-entropy* fails just when the model is sure:
  // in f32 sigmoid(200) is 1, and log(1-p) = log 0. binary_cross_entropy, which is given p,
  // cuts logarithms at -100, which saves the loss and not the slope. The cure is to start
  // from the score. (The last step is log(1 + exp(-x)) = -x + log(1 + exp(x)), for x < 0.)
  //
  //     log(1-p) = log p - x
  //     l = (1-t) x - log p = (1-t) x + log(1 + exp(-x))
  //       = max(x,0) - x t + log(1 + exp(-|x|))             the exponential is at most 1

  const std::vector<std::pair<const char*, Pair>> ways = {
      {"naive",
       [](auto& x, auto& t) {
         Tensor p = x.sigmoid();
         return -(t * p.log() + (1 - t) * (1 - p).log());
       }},
      {"cut",
       [](auto& x, auto& t) {
         Tensor p = x.sigmoid();
         return F::binary_cross_entropy(p, t, {}, "none");
       }},
      {"stable",
       [](auto& x, auto& t) { return x.relu() - x * t + (1 + (-x.abs()).exp()).log(); }},
      {"library", [](auto& x, auto& t) {
         return F::binary_cross_entropy_with_logits(x, t, {}, "none");
       }}};
  Tensor scores = tensor({200.0, -200.0, 1e4, -1e4, -1e4});  // (5), f32
  Tensor truth = tensor({0.0, 1.0, 0.0, 1.0, 0.0});          // (5): the last is right
  print_row("score", scores);
  print_row("truth", truth);
  Tensor large, pull;  // (5) each, the library's
  for (const auto& [name, loss] : ways) {
    Tensor x = scores.clone().requires_grad_();  // (5)
    large = loss(x, truth);                      // (5)
    large.sum().backward();
    pull = x.grad();
    print_row(name, large);
    print_row("  slope", pull);
  }
  //> score         200     -200    10000   -10000   -10000
  //> truth           0        1        0        1        0
  //> naive         inf      inf      inf      inf      nan
  //>   slope       nan      nan      nan      nan      nan
  //> cut           100      100      100      100        0
  //>   slope         0        0        0        0        0
  //> stable        200      200    10000    10000        0
  //>   slope         1       -1        1       -1        0
  //> library       200      200    10000    10000        0
  //>   slope         1       -1        1       -1        0

  // The cut loss is high and flat: the model is wrong, is sure of it, and never hears how
  // to get better. From the score, the slope is p - t = ±1. On small scores both agree:

  Tensor yes = tensor({0.0, 1.0, 1.0}, f64);    // (3)
  Tensor sure = tensor({0.25, 0.5, 0.8}, f64);  // (3), p
  witness(
      "BCE", [&](auto& x) { return F::binary_cross_entropy(x, yes); }, sure,
      (ln2 + ln5 - ln3) / 3, 4.0 / 9);
  witness(
      "BCE from scores",
      [&](auto& x) { return F::binary_cross_entropy_with_logits(x, yes); },
      (sure / (1 - sure)).log(), (ln2 + ln5 - ln3) / 3, 0.25 / 3);
  //> BCE                loss  0.4013, on paper  0.4013   slope  0.4444, on paper  0.4444
  //> BCE from scores    loss  0.4013, on paper  0.4013   slope  0.0833, on paper  0.0833

  // ## Between distributions: which mean?
  // kl_div takes log-probabilities x as the guess and probabilities t as the truth:
  //
  //     l = t (log t - x) for each element
  //
  // Its default, "mean", divides the sum by the number of *elements*. The divergence as
  // defined above, averaged over the samples, is "batchmean": C times as much.

  Tensor belief = tensor({{1.0, 2.0, 5.0}, {4.0, 2.0, 2.0}}, f64) / 8;  // (2,3)
  Tensor target = tensor({{2.0, 1.0, 1.0}, {2.0, 2.0, 0.0}}, f64) / 4;  // (2,3)
  const double divergence = 1.75 * ln2 - 0.25 * ln5;                    // of both rows
  witness(
      "KL, mean", [&](auto& x) { return F::kl_div(x, target); }, belief.log(),
      divergence / 6, -0.5 / 6);
  witness(
      "KL, batchmean", [&](auto& x) { return F::kl_div(x, target, "batchmean"); },
      belief.log(), divergence / 2, -0.5 / 2);
  //> KL, mean           loss  0.1351, on paper  0.1351   slope -0.0833, on paper -0.0833
  //> KL, batchmean      loss  0.4053, on paper  0.4053   slope -0.2500, on paper -0.2500

  // ## Penalties
  // A loss can also say which weights we would like: the smaller the better. L1 pulls
  // every weight towards 0 with the same force, until it is there; L2 pulls in proportion,
  // and never quite arrives.
  //
  //     loss + lambda sum |w|      adds the slope lambda sign(w)
  //     loss + lambda sum w^2      adds the slope 2 lambda w; with lambda/2, lambda w

  Tensor weights = tensor({3.0, -4.0}, f64);  // (2)
  witness(
      "L1 penalty", [](auto& x) { return x.abs().sum(); }, weights, 7, 1);
  witness(
      "L2 penalty", [](auto& x) { return x.square().sum(); }, weights, 25, 6);
  //> L1 penalty         loss  7.0000, on paper  7.0000   slope  1.0000, on paper  1.0000
  //> L2 penalty         loss 25.0000, on paper 25.0000   slope  6.0000, on paper  6.0000

  // ## A loss of your own
  // A loss is a function of guess and truth, and any will do whose slope points the right
  // way. Here is one with Huber's shape and no seam: log cosh d, whose slope is tanh d.
  // cosh overflows early, so, as with scores, the large part comes out of the logarithm:
  //
  //     cosh d = exp(|d|) (1 + exp(-2|d|)) / 2
  //     log cosh d = |d| + log(1 + exp(-2|d|)) - log 2

  static const auto log_cosh = [](const Tensor& x, const Tensor& t) {
    Tensor d = (x - t).abs();
    return d + (1 + (-2 * d).exp()).log() - std::log(2);
  };

  // As a module it keeps its settings and is handed around like the library's own, which
  // are called nn::MSELoss, nn::CrossEntropyLoss and so on. A Loss is a Module whose
  // forward takes the guess and the truth.

  struct LogCoshLoss : nn::Loss {
    explicit LogCoshLoss(std::string reduction = "mean") : Loss(std::move(reduction)) {}
    Tensor forward(const Tensor& x, const Tensor& t) override {
      Tensor l = log_cosh(x, t);
      return reduction_ == "mean" ? l.mean() : reduction_ == "sum" ? l.sum() : l;
    }
  };
  LogCoshLoss criterion;
  const double by_cosh = std::log(std::cosh(2) * std::cosh(0.5) * std::cosh(3));
  witness(
      "log cosh, function", [](auto& x) { return log_cosh(x, zeros_like(x)).sum(); },
      misses, by_cosh, -std::tanh(2));
  witness(
      "log cosh, module", [&](auto& x) { return criterion(x, zeros_like(x)); }, misses,
      by_cosh / 3, -std::tanh(2) / 3);
  const double far = criterion(tensor(1e4, f64), tensor(0.0, f64)).item();
  //> log cosh, function loss  3.7544, on paper  3.7544   slope -0.9640, on paper -0.9640
  //> log cosh, module   loss  1.2515, on paper  1.2515   slope -0.3213, on paper -0.3213

  // ## Bars
  lesson.expect("sum of the differences from paper", witness.from_paper, at_most(1e-6));
  lesson.expect("largest difference from measured slopes", witness.from_measured,
                at_most(1e-6));
  lesson.expect("softmax's rows sum to 1", sums_to_1);
  lesson.expect("the slope is p - y, up to", slope_error, at_most(1e-12));
  lesson.expect("entropy in bits", entropy / ln2, near(1.5, 1e-9));
  lesson.expect("cross-entropy minus entropy", cross - entropy,
                near(1.25 * ln2 - 0.25 * ln5, 1e-9));
  lesson.expect("slope after l.mean()", mean_slope, near(-7.0 / 24, 1e-6));
  lesson.expect("binary losses of scores up to 10000",
                large.equal(tensor({200.0, 200.0, 1e4, 1e4, 0.0})));
  lesson.expect("and their slopes", pull.equal(tensor({1.0, -1.0, 1.0, -1.0, 0.0})));
  lesson.expect("log cosh far out", far, near(1e4 - ln2, 1e-6));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Softmax regression: linear scores, made into probabilities by softmax.
// - Maximum likelihood for classes is cross-entropy; its slope is guess minus truth.
// - Cross-entropy is the truth's entropy plus the divergence of the guess from the truth.
// - Squares ask for the mean, absolute values for the median, Huber is between them.
// - Compute from scores, not from probabilities: logarithms of 0 cost the slope.
// - Know what "mean" divides by: elements, rows, or the weights used.
//
// ## Exercises
// 1. (Predict, then run.) Labels have the shape (N), guesses (N,1), and every guess is
//    right. What is mse_loss? What does the library say about it?
// 2. (Derive.) For two classes with the scores (0, x), show that cross-entropy is the
//    binary cross-entropy of the score x. How many columns does W need for yes or no?
// 3. (Derive.) The slope is p - y. What is the slope of the slope, d2l/do[k]2? Where have
//    you met this number (2.6)? Measure it.
// 4. (Derive.) Which p has the least loss with label smoothing e = 0.3 and three classes?
//    How far apart are the scores then? Run gradient descent on the scores, with and
//    without it.
// 5. (Code.) Write the *pinball* loss, l = a d for d = truth - guess > 0, else (a-1) d, as
//    a function and as a module, and check its slopes. Which constant has the least
//    pinball loss for a = 0.9? Try it on 1000 random numbers.
