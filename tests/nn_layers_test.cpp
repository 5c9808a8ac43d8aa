// The layers: cases by hand, what they learn and keep, and batch statistics over ten steps
// against PyTorch's (tests/reference/layer_runs.safetensors).
#define BOOST_TEST_MODULE nn_layers
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <numbers>

#include "autograd/gradcheck.hpp"
#include "io/safetensors.hpp"
#include "nn/bilinear.hpp"
#include "nn/dropout.hpp"
#include "nn/embedding.hpp"
#include "nn/flatten.hpp"
#include "nn/fourier.hpp"
#include "nn/functional.hpp"
#include "nn/norm.hpp"
#include "nn/sequential.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;
using boost::test_tools::tolerance;
namespace F = hg::nn::functional;

// ---- shapes -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(shape_layers) {
  Tensor x = arange(24).reshape({2, 12});
  nn::Unflatten split(1, {3, -1});
  BOOST_TEST((split(x).shape() == Shape{2, 3, 4}));
  BOOST_TEST((nn::Flatten()(split(x)).equal(x)));
  BOOST_TEST((nn::Unflatten(-2, {2, 1})(x).shape() == Shape{2, 1, 12}));
  BOOST_TEST(nn::Identity()(x).is(x));
  BOOST_TEST(error_of([&] {
               nn::Unflatten(1, {5, -1})(x);
             }) == "Unflatten: axis 1 of the input (2,12) cannot be split into (5,-1)");
  BOOST_TEST(fails_with("cannot be split", [&] { nn::Unflatten(1, {3, 5})(x); }));
  BOOST_TEST(fails_with("cannot be split", [&] { nn::Unflatten(1, {-1, -1})(x); }));
  BOOST_TEST(fails_with("has no axis 2", [&] { nn::Unflatten(2, {1})(x); }));
}

// ---- dropout ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(dropout_keeps_the_expectation) {
  manual_seed(1);
  nn::Dropout drop(0.3);
  Tensor x = ones({200, 500}).requires_grad_();
  Tensor y = drop(x);
  double kept = (y.detach() != 0).to(f64).mean().item();
  BOOST_TEST(kept == 0.7, tolerance(0.01));
  for (double v : numbers(y[0])) BOOST_TEST((v == 0 || std::abs(v - 1 / 0.7) < 1e-6));
  BOOST_TEST(y.mean().item() == 1.0, tolerance(0.01));
  // Columns and rows alike: no pattern along either axis.
  Tensor by_column = (y.detach() != 0).to(f64).mean(0);
  BOOST_TEST(by_column.max().item() < 0.85);
  BOOST_TEST(by_column.min().item() > 0.55);
  // The gradient goes through the same mask.
  y.sum().backward();
  BOOST_TEST(x.grad().equal(y.detach()));
  BOOST_TEST(!drop(x).equal(y));  // every call draws anew
  drop.eval();
  BOOST_TEST(drop(x).is(x));
}

BOOST_AUTO_TEST_CASE(dropout_at_its_ends_and_beyond) {
  Tensor x = randn({4, 5}).requires_grad_();
  BOOST_TEST(nn::Dropout(0.0)(x).equal(x));
  Tensor y = nn::Dropout(1.0)(x);
  BOOST_TEST(y.equal(zeros({4, 5})));
  y.sum().backward();
  BOOST_TEST(x.grad().equal(zeros({4, 5})));
  BOOST_TEST((F::dropout(zeros({0, 3})).shape() == Shape{0, 3}));
  BOOST_TEST(error_of([] { nn::Dropout bad(1.5); }) ==
             "Dropout: p is 1.5: a probability lies in [0,1]");
  BOOST_TEST(fails_with("p is -0.5", [&] { F::dropout(x, -0.5); }));
  BOOST_TEST(fails_with("p is nan", [&] { F::dropout(x, NAN); }));
}

BOOST_AUTO_TEST_CASE(a_seed_fixes_the_mask) {
  Tensor x = ones({50});
  manual_seed(5);
  Tensor a = F::dropout(x), b = F::dropout(x);
  manual_seed(5);
  BOOST_TEST(F::dropout(x).equal(a));
  BOOST_TEST(F::dropout(x).equal(b));
  BOOST_TEST(!a.equal(b));
}

// ---- embedding --------------------------------------------------------------------------

// Words 2, 0, 2 of a table of 3: row 2 is used twice and gets both gradients.
BOOST_AUTO_TEST_CASE(embedding_by_hand) {
  nn::Embedding table(3, 2);
  table.load_state_dict({{"weight", tensor({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}})}});
  Tensor y = table(tensor({2, 0, 2}));
  BOOST_TEST(numbers(y) == (Numbers{5, 6, 1, 2, 5, 6}), per_element());
  (y * tensor({{1.0, 10.0}, {2.0, 20.0}, {3.0, 30.0}})).sum().backward();
  BOOST_TEST(numbers(table.weight.grad()) == (Numbers{2, 20, 0, 0, 4, 40}), per_element());
}

BOOST_AUTO_TEST_CASE(embedding_shapes_start_and_padding) {
  manual_seed(2);
  BOOST_TEST((nn::Embedding(10, 3)(randint(0, 10, {2, 4})).shape() == Shape{2, 4, 3}));
  nn::Embedding large(500, 40, -500);
  BOOST_TEST(large.weight[0].abs().max().item() == 0.0);
  BOOST_TEST(std::abs(large.weight.mean().item()) < 0.03);
  BOOST_TEST((large.weight * large.weight).mean().item() == 1.0, tolerance(0.05));
  large(tensor({0, 1, 0})).sum().backward();
  BOOST_TEST(large.weight.grad()[0].abs().max().item() == 0.0);
  BOOST_TEST(large.weight.grad()[1].min().item() == 1.0);

  Tensor known = randn({4, 2});
  auto frozen = nn::Embedding::from_pretrained(known);
  BOOST_TEST(!frozen->weight.requires_grad());
  BOOST_TEST((*frozen)(tensor({3})).reshape({2}).equal(known[3]));
  BOOST_TEST(frozen->to_string() == "Embedding(4, 2)");
  auto trained = nn::Embedding::from_pretrained(known, false, 1);
  BOOST_TEST(trained->weight.requires_grad());
  BOOST_TEST(trained->to_string() == "Embedding(4, 2, padding_idx=1)");
  BOOST_TEST(trained->weight[1].equal(known[1]));  // a known row stays as it is
}

BOOST_AUTO_TEST_CASE(embedding_says_what_is_wrong) {
  nn::Embedding table(3, 2);
  BOOST_TEST(error_of([&] {
               table(tensor({0, 3}));
             }) ==
             "embedding: index 3 is out of range for axis 0 of (3,2), which has size 3");
  BOOST_TEST(fails_with("index is f32; it must be i64", [&] { table(ones({2})); }));
  BOOST_TEST(fails_with("padding_idx is 3, and there are 3 words",
                        [] { nn::Embedding bad(3, 2, 3); }));
  BOOST_TEST(fails_with("num_embeddings is -3", [] { nn::Embedding bad(-3, 2); }));
  BOOST_TEST(
      fails_with("the table is (3)", [] { nn::Embedding::from_pretrained(ones({3})); }));
}

// ---- layer norm -------------------------------------------------------------------------

// The row 1, 3 has mean 2 and variance 1: h = (-1, 1), and y = 2 h + 10 = (8, 12).
BOOST_AUTO_TEST_CASE(layer_norm_by_hand) {
  nn::LayerNorm norm(nn::LayerNormOptions{.normalized_shape = {2}, .eps = 0});
  norm.load_state_dict({{"weight", tensor({2.0, 2.0})}, {"bias", tensor({10.0, 10.0})}});
  Tensor x = tensor({{1.0, 3.0}, {7.0, 5.0}}).requires_grad_();
  Tensor y = norm(x);
  BOOST_TEST(numbers(y) == (Numbers{8, 12, 12, 8}), per_element());
  // Two elements always become (-1, 1): no x can change that.
  (y * tensor({{1.0, 2.0}, {3.0, 4.0}})).sum().backward();
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 0, 0, 0}), per_element());
  BOOST_TEST(numbers(norm.weight.grad()) == (Numbers{-1 + 3, 2 - 4}), per_element());
  BOOST_TEST(numbers(norm.bias.grad()) == (Numbers{4, 6}), per_element());
}

BOOST_AUTO_TEST_CASE(layer_norm_members_and_errors) {
  BOOST_TEST(nn::LayerNorm({2, 3}).named_parameters().size() == 2u);
  BOOST_TEST((nn::LayerNorm({2, 3}).weight.shape() == Shape{2, 3}));
  BOOST_TEST(nn::LayerNorm({3}, 1e-5, true, false).named_parameters().size() == 1u);
  BOOST_TEST(nn::LayerNorm({3}, 1e-5, false).named_parameters().empty());
  BOOST_TEST(error_of([] {
               nn::LayerNorm(4)(ones({2, 3}));
             }) ==
             "layer_norm: input is (2,3), normalized_shape is (4): it must be the end of "
             "the input's shape");
  BOOST_TEST(fails_with("normalized_shape has 2 axes", [] {
    nn::LayerNorm({1, 3})(ones({3}));
  }));
  BOOST_TEST(fails_with("normalized_shape is empty", [] { nn::LayerNorm bad(Shape{}); }));
  BOOST_TEST(fails_with("weight is (2)", [] {
    F::layer_norm(ones({2, 3}), {3}, ones({2}));
  }));
  // Numbers that differ in their seventh digit only.
  Tensor far = tensor({1e6, 1e6 + 1, 1e6 + 2}, f32);
  Tensor y = F::layer_norm(far, {3});
  BOOST_TEST(y[2].item() == std::sqrt(1.5), tolerance(1e-5));
}

// ---- batch norm -------------------------------------------------------------------------

// One channel with the values 0, 2, 4, 6: mean 3, variance 5 (unbiased 20/3).
BOOST_AUTO_TEST_CASE(batch_norm_by_hand) {
  nn::BatchNorm1d norm({.num_features = 1, .eps = 0, .dtype = f64});
  Tensor x = tensor({{0.0}, {2.0}, {4.0}, {6.0}}, f64);
  Tensor y = norm(x);
  for (int64_t i = 0; i < 4; ++i) {
    BOOST_TEST(y[i].item() == (2 * double(i) - 3) / std::sqrt(5.0), tolerance(1e-12));
  }
  BOOST_TEST(norm.running_mean.item() == 0.1 * 3, tolerance(1e-12));
  BOOST_TEST(norm.running_var.item() == 0.9 + 0.1 * 20 / 3, tolerance(1e-12));
  BOOST_TEST(norm.num_batches_tracked.item() == 1.0);
  norm.eval();
  BOOST_TEST(norm(x)[0].item() == -0.3 / std::sqrt(0.9 + 2.0 / 3), tolerance(1e-12));
  BOOST_TEST(norm.num_batches_tracked.item() == 1.0);
  norm.reset_running_stats();
  BOOST_TEST(norm.running_mean.item() == 0.0);
  BOOST_TEST(norm.running_var.item() == 1.0);
}

namespace {

void follow_pytorch(const std::string& name, nn::BatchNorm& layer) {
  static const io::Tensors file =
      io::read_safetensors(HANDGRAD_SOURCE_DIR "/tests/reference/layer_runs.safetensors");
  auto theirs = [&](const std::string& part) { return file.at(name + "/" + part); };
  layer.to(f64);
  for (int i = 0; i < 10; ++i) {
    std::string step = "." + std::to_string(i);
    BOOST_TEST(layer(theirs("x" + step)).allclose(theirs("y" + step), 1e-11, 1e-11),
               name << step);
    if (!layer.running_mean.defined()) continue;
    BOOST_TEST(layer.running_mean.allclose(theirs("mean" + step), 1e-12, 1e-12),
               name << step);
    BOOST_TEST(layer.running_var.allclose(theirs("var" + step), 1e-12, 1e-12),
               name << step);
    BOOST_TEST(layer.num_batches_tracked.item() == i + 1.0);
  }
  layer.eval();
  BOOST_TEST(layer(theirs("x.0")).allclose(theirs("eval.y"), 1e-11, 1e-11), name);
}

}  // namespace

BOOST_AUTO_TEST_CASE(ten_steps_of_batch_norm_as_in_pytorch) {
  nn::BatchNorm1d standard(4);
  follow_pytorch("default", standard);
  nn::BatchNorm1d cumulative({.num_features = 4, .momentum = {}});
  follow_pytorch("cumulative", cumulative);
  nn::BatchNorm1d untracked({.num_features = 4, .track_running_stats = false});
  follow_pytorch("untracked", untracked);
  BOOST_TEST(untracked.buffers().empty());
  nn::BatchNorm1d plain(4, 0.1, 0.7, false);
  follow_pytorch("plain", plain);
  BOOST_TEST(plain.parameters().empty());
  nn::BatchNorm1d sequences(3);
  follow_pytorch("sequences", sequences);
  nn::BatchNorm2d images(2);
  follow_pytorch("images", images);
  nn::BatchNorm3d volumes(2);
  follow_pytorch("volumes", volumes);
}

// Backward uses the statistics of its own forward, whatever later calls did to the running
// ones.
BOOST_AUTO_TEST_CASE(a_batch_norm_used_twice) {
  manual_seed(3);
  for (bool training : {true, false}) {
    nn::BatchNorm1d norm({.num_features = 2, .dtype = f64});
    norm(randn({5, 2}, f64));
    norm.train(training);
    Tensor x = randn({6, 2}, f64).requires_grad_(), c = randn({6, 2}, f64);
    Tensor mean = norm.running_mean.clone(), var = norm.running_var.clone();
    Tensor y = norm(x), z = norm(randn({4, 2}, f64) * 5);
    ((y * c).sum() + z.sum()).backward();
    Tensor alone = x.detach().clone().requires_grad_();
    (F::batch_norm(alone, mean, var, norm.weight, norm.bias, training) * c)
        .sum()
        .backward();
    BOOST_TEST(x.grad().allclose(alone.grad(), 1e-12, 1e-12));
  }
}

BOOST_AUTO_TEST_CASE(batch_norm_state_and_errors) {
  nn::BatchNorm1d norm(3);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : norm.state_dict()) names.push_back(name);
  BOOST_TEST(names == (std::vector<std::string>{"weight", "bias", "running_mean",
                                                "running_var", "num_batches_tracked"}),
             per_element());
  BOOST_TEST(error_of([&] {
               norm(ones({1, 3}));
             }) ==
             "batch_norm: input is (1,3): one value for each channel has no variance to "
             "train with\n  hint: larger batches, drop_last of the loader, or eval()");
  BOOST_TEST(error_of([&] {
               norm(ones({2, 4}));
             }) == "BatchNorm1d: input is (2,4): it must be (N,C) or (N,C,L) with C = 3");
  BOOST_TEST(fails_with("BatchNorm2d: input is (2,3): it must be (N,C,H,W)", [] {
    nn::BatchNorm2d(3)(ones({2, 3}));
  }));
  BOOST_TEST(fails_with("num_features is -1", [] { nn::BatchNorm1d bad(-1); }));
  BOOST_TEST(fails_with("without training it needs running statistics", [] {
    F::batch_norm(ones({2, 3}), {}, {});
  }));
  BOOST_TEST(fails_with("go together: both or none", [] {
    F::batch_norm(ones({2, 3}), zeros({3}), {}, {}, {}, true);
  }));
  BOOST_TEST(fails_with("bias is (2): input (2,3) has 3 channels", [] {
    F::batch_norm(ones({2, 3}), zeros({3}), ones({3}), {}, ones({2}));
  }));
  norm.eval();
  BOOST_TEST((norm(ones({1, 3})).shape() == Shape{1, 3}));
}

// ---- bilinear ---------------------------------------------------------------------------

// One output, W = (1 2; 3 4), a = (1, 10), b = (1, 100):
// a W b = 1*1 + 2*100 + 10*3 + 10*4*100 = 4231, and 5 of the bias.
BOOST_AUTO_TEST_CASE(bilinear_by_hand) {
  nn::Bilinear pairs(2, 2, 1);
  pairs.load_state_dict(
      {{"weight", tensor({{{1.0, 2.0}, {3.0, 4.0}}})}, {"bias", tensor({5.0})}});
  Tensor a = tensor({{1.0, 10.0}}).requires_grad_();
  Tensor b = tensor({{1.0, 100.0}}).requires_grad_();
  Tensor y = pairs(a, b);
  BOOST_TEST(y.item() == 4236.0);
  y.backward();
  BOOST_TEST(numbers(a.grad()) == (Numbers{201, 403}), per_element());
  BOOST_TEST(numbers(b.grad()) == (Numbers{31, 42}), per_element());
  BOOST_TEST(numbers(pairs.weight.grad()) == (Numbers{1, 100, 10, 1000}), per_element());
  BOOST_TEST(pairs.bias.grad().item() == 1.0);
  BOOST_TEST(fails_with("all axes but the last", [&] { pairs(a, ones({2, 2})); }));
  BOOST_TEST(fails_with("must be weight's last two sizes", [&] {
    pairs(a, ones({1, 3}));
  }));
  BOOST_TEST(fails_with("Bilinear: it has no forward(x)", [&] {
    nn::Module& m = pairs;
    m(a);
  }));
  nn::Bilinear wide(25, 3, 50);
  BOOST_TEST(wide.weight.abs().max().item() <= 0.2);
  BOOST_TEST(wide.weight.abs().max().item() > 0.199);
  BOOST_TEST(fails_with("none can be negative", [] { nn::Bilinear bad(2, -1, 1); }));
}

// ---- Fourier ----------------------------------------------------------------------------

// cos(2 pi 2 t/8) has its weight at frequency 2 alone, n/2 = 4; -sin at the imaginary part.
BOOST_AUTO_TEST_CASE(the_spectrum_of_a_wave) {
  for (int64_t n : {8, 7, 1, 2, 5}) {
    manual_seed(uint64_t(n));
    nn::RealDFT dft(n, f64);
    Tensor x = randn({3, 2, n}, f64);
    Tensor y = dft(x);
    BOOST_TEST((y.shape() == Shape{3, 2, 2, n / 2 + 1}));
    BOOST_TEST(y.allclose(rfft(x), 1e-12, 1e-12), "n = " << n);
  }
  nn::RealDFT dft(8, f64);
  Tensor t = arange(0, 8, 1, f64) * (2 * std::numbers::pi * 2 / 8);
  BOOST_TEST(dft(cos(t)).allclose(
      tensor({{0.0, 0.0, 4.0, 0.0, 0.0}, {0.0, 0.0, 0.0, 0.0, 0.0}}, f64), 0, 1e-12));
  BOOST_TEST(dft(sin(t)).allclose(
      tensor({{0.0, 0.0, 0.0, 0.0, 0.0}, {0.0, 0.0, -4.0, 0.0, 0.0}}, f64), 0, 1e-12));
  BOOST_TEST(dft.parameters().empty());
  BOOST_TEST(dft.buffers().size() == 2u);
  BOOST_TEST(dft.state_dict().empty());
  BOOST_TEST(fails_with("n is 0", [] { nn::RealDFT bad(0); }));
}

// x = (0, n/2) and k = 1: cos(0) + cos(pi) = 0, sin(0) + sin(pi) = 0; k = 0: 2/n.
BOOST_AUTO_TEST_CASE(fourier_coefficients_of_the_notes) {
  nn::FourierCoefficients layer(4);
  Tensor y = layer(tensor({{0.0, 2.0}, {1.0, 1.0}}, f64));
  BOOST_TEST((y.shape() == Shape{2, 2, 4}));
  BOOST_TEST(y.allclose(tensor({{{0.5, 0.0, 0.5, 0.0}, {0.0, 0.0, 0.0, 0.0}},
                                {{0.5, 0.0, -0.5, 0.0}, {0.0, 0.5, 0.0, -0.5}}},
                               f64),
                        0, 1e-12));
  BOOST_TEST(fails_with("it must be (samples, elements)", [&] { layer(ones({3})); }));
  Tensor x = randn({2, 3}, f64).requires_grad_();
  GradCheck check =
      gradcheck([&](const std::vector<Tensor>& v) { return layer(v[0]); }, {x});
  BOOST_TEST(check.ok, check.report);
}

// ---- gradients of all of them -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(layer_gradients) {
  manual_seed(12);
  using Inputs = std::vector<Tensor>;
  struct Check {
    const char* name;
    std::function<Tensor(const Inputs&)> f;
    std::vector<Shape> shapes;
  };
  Tensor words = tensor({{0, 2, 2}, {3, 1, 2}});
  Tensor mean = randn({3}, f64), var = rand({3}, f64) + 0.5;
  const Check checks[] = {
      {"embedding", [&](const Inputs& v) { return F::embedding(words, v[0]); }, {{4, 2}}},
      {"layer_norm",
       [](const Inputs& v) {
         return F::layer_norm(v[0], {2, 3}, v[1], v[2]);
       },
       {{4, 2, 3}, {2, 3}, {2, 3}}},
      {"layer_norm of itself",
       [](const Inputs& v) { return F::layer_norm(v[0], {3}, v[0], v[0]); },
       {{3}}},
      {"batch_norm, training",
       [](const Inputs& v) { return F::batch_norm(v[0], {}, {}, v[1], v[2], true); },
       {{4, 3, 2}, {3}, {3}}},
      {"batch_norm, running",
       [&](const Inputs& v) { return F::batch_norm(v[0], mean, var, v[1], v[2], false); },
       {{2, 3, 2}, {3}, {3}}},
      {"bilinear",
       [](const Inputs& v) { return F::bilinear(v[0], v[1], v[2], v[3]); },
       {{2, 3}, {2, 4}, {2, 3, 4}, {2}}},
      {"bilinear of itself",
       [](const Inputs& v) { return F::bilinear(v[0], v[0], v[1]); },
       {{2, 3}, {2, 3, 3}}},
      {"dropout",
       [](const Inputs& v) {
         manual_seed(77);
         return F::dropout(v[0], 0.4);
       },
       {{5, 5}}},
      {"dft", [](const Inputs& v) { return nn::RealDFT(6, f64)(v[0]); }, {{2, 6}}},
  };
  for (const Check& check : checks) {
    Inputs inputs;
    for (const Shape& s : check.shapes) inputs.push_back(randn(s, f64).requires_grad_());
    GradCheck result = gradcheck(check.f, inputs);
    BOOST_TEST(result.ok, check.name << ": " << result.report);
  }
}
