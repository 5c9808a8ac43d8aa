// Losses: cases worked by hand, gradients, extremes, messages. Values and gradients on many
// shapes, settings and reductions are compared with PyTorch's in ops_reference_test
// (losses.py).
#define BOOST_TEST_MODULE ops_loss
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "autograd/gradcheck.hpp"
#include "nn/losses.hpp"
#include "support/check.hpp"
#include "support/output.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
namespace F = hg::nn::functional;
using boost::test_tools::per_element;
using boost::test_tools::tolerance;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

using Inputs = std::vector<Tensor>;

void check_gradient(const std::string& what, const std::function<Tensor(const Inputs&)>& f,
                    const Inputs& values) {
  Inputs inputs;
  for (const Tensor& t : values) inputs.push_back(t.to(f64).requires_grad_());
  GradCheck result = gradcheck(f, inputs);
  BOOST_TEST(result.ok, what << ": " << result.report);
  BOOST_TEST(result.checked > 0);
}

bool is_nan(const Tensor& t) { return std::isnan(t.item()); }

}  // namespace

// ---- by hand ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(distances_by_hand) {
  // Misses of 0.5, -2 and 0.
  Tensor x = tensor({1.5, 0.0, 4.0}), t = tensor({1.0, 2.0, 4.0});
  auto none = [&](auto f) { return numbers(f(x, t, "none")); };
  BOOST_TEST(none(F::mse_loss) == (Numbers{0.25, 4, 0}), per_element());
  BOOST_TEST(none(F::l1_loss) == (Numbers{0.5, 2, 0}), per_element());
  // Beyond delta = 1 the tangent: 1 * (2 - 1/2).
  BOOST_TEST(numbers(F::huber_loss(x, t, "none")) == (Numbers{0.125, 1.5, 0}),
             per_element());
  // delta = 0.25: 0.25 * (0.5 - 0.125), 0.25 * (2 - 0.125)
  BOOST_TEST(numbers(F::huber_loss(x, t, "none", 0.25)) == (Numbers{0.09375, 0.46875, 0}),
             per_element());
  BOOST_TEST(numbers(F::smooth_l1_loss(x, t, "none", 0.25)) == (Numbers{0.375, 1.875, 0}),
             per_element());
  BOOST_TEST(numbers(F::smooth_l1_loss(x, t, "none", 0)) == (Numbers{0.5, 2, 0}),
             per_element());
  // The slope of |d| where there is no miss is 0, with beta = 0 too.
  Tensor leaf = x.clone().requires_grad_();
  F::smooth_l1_loss(leaf, t, "sum", 0).backward();
  BOOST_TEST(numbers(leaf.grad()) == (Numbers{1, -1, 0}), per_element());
  BOOST_TEST(F::mse_loss(x, t, "sum").item() == 4.25);
  BOOST_TEST(F::mse_loss(x, t).item() == 4.25 / 3, tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(nll_mean_divides_by_the_weights_used) {
  Tensor x = tensor({{-1.0, -2.0}, {-3.0, -4.0}, {-5.0, -6.0}}).requires_grad_();
  Tensor w = tensor({1.0, 3.0});
  // -(3*-2 + 1*-3 + 3*-6) / (3+1+3)
  Tensor l = F::nll_loss(x, tensor({1, 0, 1}), w);
  BOOST_TEST(l.item() == 27.0 / 7, tolerance(1e-6));
  l.backward();
  const Numbers g = numbers(x.grad());
  BOOST_TEST(g.at(1) == -3.0 / 7, tolerance(1e-6));
  BOOST_TEST(g.at(2) == -1.0 / 7, tolerance(1e-6));
  BOOST_TEST(g.at(0) == 0);
  // The last sample ignored: (6+3)/4.
  BOOST_TEST(F::nll_loss(x, tensor({1, 0, -100}), w).item() == 9.0 / 4, tolerance(1e-6));
  BOOST_TEST(numbers(F::nll_loss(x, tensor({1, 0, 7}), w, "none", 7)) ==
                 (Numbers{6, 3, 0}),
             per_element());
}

BOOST_AUTO_TEST_CASE(label_smoothing_by_hand) {
  // Scores (0, ln 3): p = (1/4, 3/4). Truth 1 with smoothing 0.2: q = (0.1, 0.9).
  Tensor x = tensor({{0.0, std::log(3.0)}}, f64).requires_grad_();
  Tensor l = F::cross_entropy(x, tensor({1}), {}, "mean", -100, 0.2);
  BOOST_TEST(l.item() == -0.1 * std::log(0.25) - 0.9 * std::log(0.75), tolerance(1e-12));
  l.backward();
  BOOST_TEST((x.grad()[{0, 0}].item()) == 0.25 - 0.1, tolerance(1e-12));
  BOOST_TEST((x.grad()[{0, 1}].item()) == 0.75 - 0.9, tolerance(1e-12));
  // The same truth as probabilities.
  Tensor q = tensor({{0.1, 0.9}}, f64);
  BOOST_TEST(F::cross_entropy(x, q).item() == l.item(), tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(divergence_by_hand) {
  Tensor t = tensor({{0.5, 0.5}, {1.0, 0.0}}, f64);
  Tensor x = tensor({{0.25, 0.75}, {0.5, 0.5}}, f64).log();
  const double first = 0.5 * std::log(0.5 / 0.25) + 0.5 * std::log(0.5 / 0.75);
  const double sum = first + std::log(2.0);
  BOOST_TEST(F::kl_div(x, t, "sum").item() == sum, tolerance(1e-12));
  BOOST_TEST(F::kl_div(x, t, "batchmean").item() == sum / 2, tolerance(1e-12));
  BOOST_TEST(F::kl_div(x, t).item() == sum / 4, tolerance(1e-12));
  BOOST_TEST(F::kl_div(x, t.log(), "sum", true).item() == sum, tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(cosines_by_hand) {
  Tensor a = tensor({{3.0, 4.0}, {0.0, 0.0}}, f64).requires_grad_();
  Tensor b = tensor({{4.0, 3.0}, {1.0, 0.0}}, f64);
  Tensor y = F::cosine_similarity(a, b);
  BOOST_TEST(numbers(y) == (Numbers{24.0 / 25, 0}), per_element());
  y.backward(tensor({1.0, 0.0}, f64));
  // (b/|b| - y a/|a|)/|a| = ((0.8,0.6) - 0.96*(0.6,0.8))/5, at right angles to a
  BOOST_TEST((a.grad()[{0, 0}].item()) == 0.0448, tolerance(1e-12));
  BOOST_TEST((a.grad()[{0, 1}].item()) == -0.0336, tolerance(1e-12));
  // Broadcast, along another axis, and of numbers whose squares f32 does not hold.
  BOOST_TEST(numbers(F::cosine_similarity(a, tensor({3.0, 4.0}, f64), -1)).at(0) == 1.0,
             tolerance(1e-12));
  BOOST_TEST(F::cosine_similarity(tensor({3e30, 4e30}), tensor({4e-30, 3e-30}), 0, 0)
                 .item() == 0.96,
             tolerance(1e-6));
  BOOST_TEST(nn::CosineSimilarity(0)(a.t(), b.t()).equal(y));
}

BOOST_AUTO_TEST_CASE(a_length_counts_as_eps_at_least) {
  // |a| = 5 counts as 10: y = 24/(10*10), and da = b/(10*10) without a share of the length.
  Tensor a = tensor({3.0, 4.0}, f64).requires_grad_(), b = tensor({4.0, 3.0}, f64);
  Tensor y = F::cosine_similarity(a, b, 0, 10);
  BOOST_TEST(y.item() == 0.24, tolerance(1e-12));
  y.backward();
  BOOST_TEST(a.grad()[0].item() == 0.04, tolerance(1e-12));
  BOOST_TEST(a.grad()[1].item() == 0.03, tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(pairs_alike_and_unlike) {
  // Cosines 0.96, 0.96, 0, 0.96, with labels alike, unlike, unlike, and none of the two.
  Tensor a = tensor({{3.0, 4.0}, {3.0, 4.0}, {1.0, 0.0}, {3.0, 4.0}}, f64);
  Tensor b = tensor({{4.0, 3.0}, {4.0, 3.0}, {0.0, 1.0}, {4.0, 3.0}}, f64);
  Tensor t = tensor({1, -1, -1, 0});
  Numbers l = numbers(F::cosine_embedding_loss(a, b, t, 0.5, "none"));
  BOOST_TEST(l.at(0) == 0.04, tolerance(1e-12));
  BOOST_TEST(l.at(1) == 0.46, tolerance(1e-12));
  BOOST_TEST(l.at(2) == 0);
  BOOST_TEST(l.at(3) == 0);
  BOOST_TEST(nn::CosineEmbeddingLoss(0.5)(a, b, t).item() == 0.125, tolerance(1e-12));
  BOOST_TEST(nn::CosineEmbeddingLoss(0.5, "sum")(a, b, t).item() == 0.5, tolerance(1e-12));
  BOOST_TEST(F::cosine_embedding_loss(a[0], b[0], tensor(1)).item() == 0.04,
             tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(normalize_by_hand) {
  Tensor x = tensor({{3.0, 4.0}, {0.0, 0.0}}, f64);
  BOOST_TEST(numbers(F::normalize(x)) == (Numbers{0.6, 0.8, 0, 0}), per_element());
  BOOST_TEST(numbers(F::normalize(x, 1, -1)) == (Numbers{3.0 / 7, 4.0 / 7, 0, 0}),
             per_element());
  BOOST_TEST(numbers(F::normalize(x, inf, 1)) == (Numbers{0.75, 1, 0, 0}), per_element());
  BOOST_TEST(numbers(F::normalize(x, 2, 1, 10)) == (Numbers{0.3, 0.4, 0, 0}),
             per_element());
  // dy = (1,0): dx = (dy - y (y.dy))/5 = ((1,0) - 0.6*(0.6,0.8))/5
  Tensor leaf = x.clone().requires_grad_();
  F::normalize(leaf).backward(tensor({{1.0, 0.0}, {0.0, 0.0}}, f64));
  BOOST_TEST((leaf.grad()[{0, 0}].item()) == 0.128, tolerance(1e-12));
  BOOST_TEST((leaf.grad()[{0, 1}].item()) == -0.096, tolerance(1e-12));
}

// ---- gradients --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gradients_against_slopes) {
  manual_seed(21);
  const Inputs pair = {randn({3, 4}), randn({3, 4})};
  const Inputs chances = {rand({3, 4}) * 0.8 + 0.1, rand({3, 4}) * 0.8 + 0.1};
  const Tensor w = rand({3, 4}, f64) + 0.5, classes = rand({4}, f64) + 0.5;
  const Tensor t = tensor({3, 0, 1});
  for (const std::string how : {"mean", "sum", "none"}) {
    using V = const Inputs&;
    check_gradient("mse " + how, [&](V v) { return F::mse_loss(v[0], v[1], how); }, pair);
    check_gradient("l1 " + how, [&](V v) { return F::l1_loss(v[0], v[1], how); }, pair);
    check_gradient("huber " + how,
                   [&](V v) { return F::huber_loss(v[0], v[1], how, 0.7); }, pair);
    check_gradient("smooth_l1 " + how,
                   [&](V v) { return F::smooth_l1_loss(v[0], v[1], how, 0.7); }, pair);
    check_gradient("kl_div " + how, [&](V v) { return F::kl_div(v[0], v[1], how); },
                   chances);
    check_gradient("kl_div of logs " + how,
                   [&](V v) { return F::kl_div(v[0], v[1], how, true); }, pair);
    check_gradient("bce " + how,
                   [&](V v) { return F::binary_cross_entropy(v[0], v[1], w, how); },
                   chances);
    check_gradient("bce with logits " + how, [&](V v) {
      return F::binary_cross_entropy_with_logits(v[0], v[1], w, how, classes);
    }, pair);
    check_gradient("nll " + how,
                   [&](V v) { return F::nll_loss(v[0], t, classes, how, 0); }, {pair[0]});
    check_gradient("cross entropy " + how, [&](V v) {
      return F::cross_entropy(v[0], t, classes, how, 0, 0.2);
    }, {pair[0]});
    check_gradient("cross entropy of probabilities " + how, [&](V v) {
      return F::cross_entropy(v[0], v[1], classes, how, -100, 0.2);
    }, pair);
    const Tensor alike = tensor({1, -1, 1});
    check_gradient("cosine embedding " + how, [&](V v) {
      return F::cosine_embedding_loss(v[0], v[1], alike, -0.9, how);
    }, pair);
  }
  for (int64_t axis : {0, 1, -1}) {
    check_gradient("cosine similarity",
                   [&](const Inputs& v) { return F::cosine_similarity(v[0], v[1], axis); },
                   pair);
    check_gradient("normalize",
                   [&](const Inputs& v) { return F::normalize(v[0], 2, axis); }, {pair[0]});
  }
  check_gradient("cosine similarity of one vector with all",
                 [](const Inputs& v) { return F::cosine_similarity(v[0], v[1]); },
                 {pair[0], randn({4})});
}

// ---- extremes ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(scores_of_ten_thousand) {
  Tensor x = tensor({{1e4, -1e4, 0.0}, {1e4, -1e4, 0.0}}).requires_grad_();
  Tensor l = F::cross_entropy(x, tensor({0, 1}), {}, "none");
  BOOST_TEST(numbers(l) == (Numbers{0, 2e4}), per_element());
  l.sum().backward();
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 0, 0, 1, -1, 0}), per_element());

  Tensor s = tensor({1e4, 1e4, -1e4, -1e4}).requires_grad_();
  Tensor b = F::binary_cross_entropy_with_logits(s, tensor({1.0, 0.0, 0.0, 1.0}), {},
                                                 "none");
  BOOST_TEST(numbers(b) == (Numbers{0, 1e4, 0, 1e4}), per_element());
  b.sum().backward();
  BOOST_TEST(numbers(s.grad()) == (Numbers{0, 1, 0, -1}), per_element());
  // Between the extremes, too, what is small keeps its digits.
  const double small = std::log1p(std::exp(-20.0));
  const auto close = tolerance(1e-5);
  Tensor one = tensor({1.0}), pair = tensor({10020.0, 10000.0});
  BOOST_TEST(F::binary_cross_entropy_with_logits(tensor({20.0}), one).item() / small == 1.0,
             close);
  BOOST_TEST(F::cross_entropy(pair, tensor(0)).item() / small == 1.0, close);
  BOOST_TEST(log_softmax(pair, 0)[0].item() / -small == 1.0, close);
}

BOOST_AUTO_TEST_CASE(probabilities_of_zero_and_one) {
  Tensor x = tensor({0.0, 1.0, 0.0, 1.0}).requires_grad_();
  Tensor l = F::binary_cross_entropy(x, tensor({0.0, 1.0, 1.0, 0.0}), {}, "none");
  BOOST_TEST(numbers(l) == (Numbers{0, 0, 100, 100}), per_element());
  l.sum().backward();
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 0, -1 / double(1e-12f), 1 / double(1e-12f)}),
             tolerance(1e-6) << per_element());
  // A truth of 0 costs nothing, whatever was believed.
  Tensor p = tensor({-1.0, -200.0}), zero = zeros({2});
  BOOST_TEST(F::kl_div(p, zero, "sum").item() == 0);
  BOOST_TEST(F::kl_div(p, full({2}, -inf), "sum", true).item() == 0);
}

BOOST_AUTO_TEST_CASE(nothing_to_average) {
  Tensor x = zeros({0, 3}), t = empty({0}, i64);
  BOOST_TEST(is_nan(F::mse_loss(x, x)));
  BOOST_TEST(F::mse_loss(x, x, "sum").item() == 0);
  BOOST_TEST((F::mse_loss(x, x, "none").shape() == Shape{0, 3}));
  BOOST_TEST(is_nan(F::cross_entropy(x, t)));
  BOOST_TEST(is_nan(F::nll_loss(x, t)));
  BOOST_TEST(is_nan(F::cosine_embedding_loss(x, x, t)));
  BOOST_TEST(F::cosine_embedding_loss(x, x, t, 0, "sum").item() == 0);
  // All samples ignored: a mean of none, without a gradient.
  Tensor y = zeros({2, 3}).requires_grad_();
  Tensor l = F::cross_entropy(y, tensor({-100, -100}));
  BOOST_TEST(is_nan(l));
  l.backward();
  BOOST_TEST(numbers(y.grad()) == Numbers(6, 0), per_element());
}

BOOST_AUTO_TEST_CASE(broken_guesses_stay_visible) {
  const double nan = std::nan("");
  Tensor x = tensor({nan}), zero = zeros({1});
  for (auto f : {&F::mse_loss, &F::l1_loss}) BOOST_TEST(is_nan(f(x, zero, "mean")));
  Tensor leaf = x.clone().requires_grad_();
  F::huber_loss(leaf, zero).backward();
  BOOST_TEST(is_nan(leaf.grad()));
  BOOST_TEST(is_nan(F::smooth_l1_loss(x, zero)));
  BOOST_TEST(is_nan(F::kl_div(zero, x)));
  BOOST_TEST(is_nan(F::cross_entropy(tensor({{0.0, nan}}), tensor({0}))));
}

// ---- how they are used ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(types_meet) {
  Tensor x = tensor({1.0, 2.0}), t = tensor({3, 5});
  BOOST_TEST(F::mse_loss(x, t).item() == 6.5);
  BOOST_TEST((F::mse_loss(x, t.to(f64)).dtype() == f64));
  BOOST_TEST((F::cosine_similarity(x, t.to(f64), 0).dtype() == f64));
}

BOOST_AUTO_TEST_CASE(weights_broadcast_and_are_saved) {
  Tensor x = full({2, 3}, 0.5), t = ones({2, 3}), w = tensor({1.0, 2.0, 3.0});
  BOOST_TEST(F::binary_cross_entropy(x, t, w).item() == 2 * std::log(2.0),
             tolerance(1e-6));
  nn::BCEWithLogitsLoss loss(w, "sum", tensor({10.0, 10.0, 10.0}));
  BOOST_TEST(loss(zeros({2, 3}), t).item() == 120 * std::log(2.0), tolerance(1e-6));
  BOOST_TEST(loss.state_dict().size() == 2);
  BOOST_TEST(loss.parameters().empty());
  BOOST_TEST(loss.to_string() == "BCEWithLogitsLoss()");
  BOOST_TEST(nn::CosineEmbeddingLoss().to_string() == "CosineEmbeddingLoss()");
  BOOST_TEST(nn::CosineSimilarity().to_string() == "CosineSimilarity()");
}

BOOST_AUTO_TEST_CASE(a_column_against_a_row_is_warned_of) {
  Tensor column = tensor({{1.0}, {2.0}}), row = tensor({1.0, 2.0});
  for (auto f : {&F::mse_loss, &F::l1_loss}) {
    const std::string warning = printed_by(stderr, [&] {
      BOOST_TEST((f(column, row, "none").shape() == Shape{2, 2}));
    });
    BOOST_TEST(warning.find("input is (2,1), target is (2): they are broadcast") !=
               std::string::npos);
  }
  BOOST_TEST(printed_by(stderr, [&] { F::mse_loss(row, row); }) == "");
}

// ---- messages ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(classes_that_are_refused) {
  Tensor x = zeros({2, 3});
  for (int bad : {3, -1}) {
    const std::string message = "target 1 is " + std::to_string(bad) +
                                ", and there are 3 classes, numbered from 0";
    BOOST_TEST(fails_with(message, [&] { F::cross_entropy(x, tensor({0, bad})); }));
    BOOST_TEST(fails_with(message, [&] { F::nll_loss(x, tensor({0, bad})); }));
  }
  BOOST_TEST(error_of([&] { F::nll_loss(x, tensor({0, 1}).to(i32)); }) ==
             "nll_loss: the target's type is i32; class indices are i64\n"
             "  hint: target.to(i64)");
  BOOST_TEST(error_of([&] { F::cross_entropy(x, tensor({0, 1, 2})); }) ==
             "cross_entropy: input is (2,3), so target must be (2), and it is (3)");
  BOOST_TEST(fails_with("probabilities need the input's shape",
                        [&] { F::cross_entropy(x, zeros({2})); }));
  BOOST_TEST(fails_with("weight is (4); there are 3 classes",
                        [&] { F::cross_entropy(x, tensor({0, 1}), ones({4})); }));
  BOOST_TEST(fails_with("input is f32, weight is f64",
                        [&] { F::nll_loss(x, tensor({0, 1}), ones({3}, f64)); }));
  BOOST_TEST(fails_with("ignore_index is 1, and the target holds probabilities",
                        [&] { F::cross_entropy(x, x, {}, "mean", 1); }));
  BOOST_TEST(fails_with("label_smoothing", [&] {
    F::cross_entropy(x, tensor({0, 1}), {}, "mean", -100, 1.5);
  }));
  BOOST_TEST(fails_with("input is i64", [&] { F::nll_loss(x.to(i64), tensor({0, 1})); }));
  BOOST_TEST(fails_with("it must be (C) or (N,C,...)",
                        [&] { F::nll_loss(zeros({}), tensor(0)); }));
}

BOOST_AUTO_TEST_CASE(pairs_that_are_refused) {
  Tensor x = zeros({3}), t = zeros({4});
  BOOST_TEST(fails_with("mse_loss: shapes (3) and (4) do not broadcast",
                        [&] { F::mse_loss(x, t); }));
  BOOST_TEST(error_of([&] { F::binary_cross_entropy(zeros({3, 1}), x); }) ==
             "binary_cross_entropy: input is (3,1), target is (3): they must agree");
  BOOST_TEST(fails_with("element 1 of the input is 1.5; a probability lies in [0,1]", [] {
    F::binary_cross_entropy(tensor({0.5, 1.5}), tensor({1.0, 1.0}));
  }));
  BOOST_TEST(fails_with("reduction", [&] { F::mse_loss(x, x, "average"); }));
  BOOST_TEST(fails_with("reduction", [&] { F::mse_loss(x, x, "batchmean"); }));
  BOOST_TEST(error_of([&] { F::cosine_embedding_loss(ones({1, 3}), ones({1, 3}),
                                                     tensor({1}), 0, "average"); }) ==
             "cosine_embedding_loss: reduction is 'average'; it is mean, sum or none");
  BOOST_TEST(fails_with("rows (N,D) need labels (N)",
                        [&] { F::cosine_embedding_loss(x, x, tensor({1})); }));
  BOOST_TEST(fails_with("delta", [&] { F::huber_loss(x, x, "mean", 0); }));
  BOOST_TEST(fails_with("beta", [&] { F::smooth_l1_loss(x, x, "mean", -1); }));
  BOOST_TEST(fails_with("cosine_similarity: the vectors are of type i64", [] {
    F::cosine_similarity(tensor({1, 2}), tensor({1, 2}), 0);
  }));
  BOOST_TEST(fails_with("cosine_similarity: shapes (2,3) and (2,4) do not broadcast", [] {
    F::cosine_similarity(zeros({2, 3}), zeros({2, 4}));
  }));
}
