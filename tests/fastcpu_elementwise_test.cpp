// fastcpu's elementwise kernels against the reference: every operator on lengths around all
// edges, special numbers, broadcasting of every kind, in place, with several threads.
#define BOOST_TEST_MODULE fastcpu_elementwise
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "autograd/grad_mode.hpp"
#include "host/threads.hpp"
#include "nn/functional.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/every_isa.hpp"
#include "tensor/create.hpp"
#include "tensor/random.hpp"

using namespace hg;
using namespace hg::test;

namespace {

// Lengths around the vectors of all instruction sets (4, 8, 16), the share of a thread
// (16384, so that 32768 are shared).
const int64_t lengths[] = {0,  1,  2,  3,  4,  5,  7,    8,     9,     15, 16,
                           17, 31, 32, 33, 63, 65, 1009, 32767, 32768, 32785};

struct Function {
  const char *name, *generator, *attributes;
};
const Function functions[] = {
    {"relu", "normal", "{}"},
    {"sigmoid", "normal", "{}"},
    {"tanh", "normal", "{}"},
    {"leaky_relu", "normal", R"({"negative_slope":0.2})"},
    {"hardtanh", "normal", "{}"},
    {"hardtanh", "normal", R"({"min_val":0,"max_val":6})"},
    {"clamp", "normal", R"({"min":-0.5})"},
    {"clamp", "normal", R"({"min":-0.5,"max":0.25})"},
    {"clamp", "normal", R"({"max":0.25})"},
    {"clamp", "normal", R"({"min":"nan"})"},
    {"clamp", "normal", R"({"min":-1,"max":"nan"})"},
    {"silu", "normal", "{}"},
    {"gelu", "normal", "{}"},
    {"gelu", "normal", R"({"approximate":"tanh"})"},
    {"elu", "normal", R"({"alpha":0.7})"},
    {"softplus", "normal", R"({"beta":2,"threshold":3})"},
    {"exp", "normal", "{}"},
    {"log", "positive", "{}"},
    {"sqrt", "positive", "{}"},
    {"rsqrt", "positive", "{}"},
    {"reciprocal", "positive", "{}"},
    {"square", "normal", "{}"},
    {"erf", "normal", "{}"},
    {"abs", "normal", "{}"},
    {"neg", "normal", "{}"},
    {"clone", "normal", "{}"},
    {"fill", "normal", R"({"value":-2.5})"},
    {"dropout", "normal", R"({"p":0.3})"},
    {"dropout", "normal", R"({"p":1})"},
};

std::string shaped(const char* generator, const std::string& shape) {
  return std::string(generator) + "[" + shape + "]";
}

// The same bits, or both nan.
bool same(const Tensor& a, const Tensor& b) {
  const std::vector<float> x = a.to_vector<float>(), y = b.to_vector<float>();
  if (x.size() != y.size()) return false;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) ? !std::isnan(y[i])
                         : x[i] != y[i] || std::signbit(x[i]) != std::signbit(y[i]))
      return false;
  }
  return true;
}

}  // namespace

BOOST_AUTO_TEST_CASE(functions_of_one_number_at_all_lengths) {
  for (const Function& f : functions) {
    for (int64_t n : lengths) {
      const std::string inputs = shaped(f.generator, std::to_string(n));
      BOOST_TEST(disagreement(f.name, inputs, f.attributes) == "");
    }
    BOOST_TEST(disagreement(f.name, shaped(f.generator, ""), f.attributes) == "");
    BOOST_TEST(disagreement(f.name, shaped(f.generator, "3,1,5,7"), f.attributes) == "");
  }
}

// Above 2^20 floats a thread the stores are streamed, but for the last few. Piece by piece
// they are not.
BOOST_AUTO_TEST_CASE(streamed_stores_write_the_same) {
  const no_grad guard;
  const int before = num_threads();
  const int64_t piece = 150001, n = 7 * piece;
  const Tensor x = randn({n}), y = randn({n});
  for (int threads : {1, 2}) {
    set_num_threads(threads);
    const Tensor sum = x + y, curve = nn::functional::gelu(x), copy = x.clone();
    int wrong = 0;
    for (int64_t i = 0; i < n; i += piece) {
      const auto part = [&](const Tensor& t) { return t.narrow(0, i, piece); };
      wrong += !same(part(sum), part(x) + part(y));
      wrong += !same(part(curve), nn::functional::gelu(part(x)));
      wrong += !same(part(copy), part(x));
    }
    BOOST_TEST(wrong == 0, threads << " threads");
  }
  set_num_threads(before);
}

// Where the reference gives 0, -0, an infinity or nan, or a number that is exact, so do
// these, and so do their gradients.
BOOST_AUTO_TEST_CASE(special_numbers_come_out_as_they_do_from_the_reference) {
  const float inf = std::numeric_limits<float>::infinity();
  const Tensor x = tensor({0.0f, -0.0f, inf, -inf, std::nanf(""), 1.0f, -1.0f, 6.0f, 0.25f,
                           -0.5f, 100.0f, -100.0f, 1e30f, -1e30f, 3e38f, 1e-40f, -1e-40f});
  for (const Function& f : functions) {
    BOOST_TEST(disagreement(f.name, {x}, f.attributes) == "", f.name << f.attributes);
    BOOST_TEST(disagreement(f.name, {x.narrow(0, 0, 9)}, f.attributes) == "",
               f.name << f.attributes);
  }
  const Tensor a = x.view({17, 1}).expand({17, 17}).contiguous(),
               b = x.view({1, 17}).expand({17, 17}).contiguous();
  for (const char* name : {"add", "sub", "mul", "div", "swiglu"}) {
    BOOST_TEST(disagreement(name, {a, b}) == "", name);
  }
  // Signs of zeros, which compare as equal above.
  BOOST_TEST(same(tensor({-0.0f, 0.0f}).relu(), tensor({-0.0f, 0.0f})));
  BOOST_TEST(same(tensor({-0.0f, 0.0f}).tanh(), tensor({-0.0f, 0.0f})));
  BOOST_TEST(same(tensor({-0.0f, 0.0f}).erf(), tensor({-0.0f, 0.0f})));
  BOOST_TEST(same(tensor({-0.0f, 0.0f}).sqrt(), tensor({-0.0f, 0.0f})));
  BOOST_TEST(same(nn::functional::elu(tensor({-0.0f, 0.0f})), tensor({-0.0f, 0.0f})));
}

// A slope at a corner is a matter of choice: the reference's. (No large numbers here, which
// would make small ones count for nothing.)
BOOST_AUTO_TEST_CASE(slopes_at_corners) {
  const Tensor x = tensor({-1.0f, 0.0f, 1.0f, 6.0f, -0.0f, -0.5f, 0.25f, 0.5f, -0.25f});
  for (const Function& f : functions) {
    BOOST_TEST(disagreement(f.name, {x}, f.attributes) == "", f.name << f.attributes);
  }
}

BOOST_AUTO_TEST_CASE(arithmetic_of_one_shape) {
  for (int64_t n : lengths) {
    const std::string shape = "[" + std::to_string(n) + "]";
    for (const char* name : {"add", "sub", "mul"}) {
      BOOST_TEST(disagreement(name, "normal" + shape + " normal" + shape) == "");
    }
    BOOST_TEST(disagreement("div", "normal" + shape + " positive" + shape) == "");
    BOOST_TEST(disagreement("swiglu", "normal" + shape + " normal" + shape) == "");
    BOOST_TEST(disagreement("add", "normal" + shape + " normal" + shape,
                            R"({"alpha":-0.3})") == "");
    BOOST_TEST(disagreement("sub", "normal" + shape + " normal" + shape,
                            R"({"alpha":2.5})") == "");
  }
  BOOST_TEST(disagreement("div", "normal[5] positive[5]", R"({"rounding_mode":"floor"})",
                          Served::by_reference) == "");
}

BOOST_AUTO_TEST_CASE(arithmetic_with_broadcasting) {
  const char* pairs[][2] = {
      {"[40,33]", ""},             // a number
      {"[40,33]", "[1]"},          //
      {"[40,33]", "[33]"},         // a row for all rows: a bias
      {"[40,33]", "[40,1]"},       // a number for each row
      {"[6,5,7,9]", "[1,5,1,1]"},  // a number for each channel
      {"[6,5,7,9]", "[5,1,1]"},    //
      {"[6,5,7,9]", "[7,1]"},      //
      {"[6,5,7,9]", "[6,1,7,1]"},  //
      {"[6,5,7,9]", "[5,1,9]"},    //
      {"[17,1]", "[1,19]"},        // both are stretched
      {"[3,1,5,1]", "[4,1,6]"},    //
      {"[2,1,3,1,5]", "[2,4,1,6,1]"},
      {"[1,1,1]", "[1]"},          //
      {"[0,4]", "[4]"},            // nothing
      {"[4,0]", "[4,1]"},          //
      {"[3,1]", "[1,0]"},          //
      {"[400,101]", "[101]"},      // enough for several threads
      {"[400,101]", "[400,1]"},    //
      {"[101,400]", ""},           //
      {"[9,15,301]", "[15,1]"},    //
      {"[15,9,301]", "[15,1,1]"},  //
      {"[15,9,301]", "[15,1,301]"},
      {"[3,14001]", "[14001]"},
  };
  for (const auto& [a, b] : pairs) {
    const std::string na = std::string("normal") + a, nb = std::string("normal") + b,
                      pb = std::string("positive") + b, pa = std::string("positive") + a;
    for (const char* name : {"add", "sub", "mul"}) {
      BOOST_TEST(disagreement(name, na + " " + nb) == "");
      BOOST_TEST(disagreement(name, nb + " " + na) == "");
    }
    BOOST_TEST(disagreement("div", na + " " + pb) == "");
    BOOST_TEST(disagreement("div", nb + " " + pa) == "");
    BOOST_TEST(disagreement("add", na + " " + nb, R"({"alpha":0.7})") == "");
    BOOST_TEST(disagreement("sub", nb + " " + na, R"({"alpha":-3})") == "");
  }
}

// The sum of many terms: in f32 alone, 300000 of them would cost three digits.
BOOST_AUTO_TEST_CASE(sums_of_gradients_keep_their_digits) {
  Tensor a = ones({300000, 2}), b = tensor({1.0f, 1.0f}).requires_grad_();
  (a + b).backward(full({300000, 2}, 0.1f));
  for (double sum : numbers(b.grad())) BOOST_TEST(std::abs(sum - 30000.000447) < 0.002);
  Tensor number = tensor({1.0f}).requires_grad_();
  (a * number).backward(full({300000, 2}, 0.1f));
  BOOST_TEST(std::abs(number.grad().item() - 60000.000894) < 0.004);
}

BOOST_AUTO_TEST_CASE(in_place_and_strided) {
  for (int64_t n : {5, 17, 40000}) {
    manual_seed(3);
    const Tensor x = randn({n}), y = randn({n});
    Tensor z = x.clone();
    BOOST_TEST(same(z.relu_(), x.relu()));
    z = x.clone();
    BOOST_TEST(same(z.add_(y, -0.5), x.add(y, -0.5)));
    z = x.clone();
    BOOST_TEST(same(z.mul_(z), x * x));
    z = x.clone();
    BOOST_TEST(same(z.mul_(2.0), x * 2.0));
    z = x.clone();
    BOOST_TEST(same(z.fill_(3.0), full({n}, 3.0f)));
  }
  const Tensor x = randn({30, 50}).t();
  BOOST_TEST(disagreement("gelu", {x}) == "");
  BOOST_TEST(disagreement("add", {x, randn({50, 30})}) == "");
  BOOST_TEST(disagreement("mul", {randn({50, 30}), x}) == "");
  BOOST_TEST(disagreement("clone", {x}, "{}", Served::by_reference) == "");
}

// The mask is a function of the seed and the place, as the ABI promises.
BOOST_AUTO_TEST_CASE(dropout_draws_the_words_of_philox) {
  for (int64_t n : {1, 3, 4, 31, 33, 65, 1000, 70001}) {
    manual_seed(17);
    Generator copy = default_generator();
    const Tensor y = nn::functional::dropout(ones({n}), 0.25);
    const uint64_t seed = copy.next_seed();
    const std::vector<float> got = y.to_vector<float>();
    int64_t wrong = 0;
    for (int64_t i = 0; i < n; ++i) {
      const bool dropped = hg_philox(seed, uint64_t(i)) < uint32_t(0.25 * 0x1p32);
      wrong += got[size_t(i)] != (dropped ? 0.0f : float(1 / 0.75));
    }
    BOOST_TEST(wrong == 0, n << " numbers");
  }
}

// The work is cut by shape: the number of threads does not show in the bits.
BOOST_AUTO_TEST_CASE(the_bits_do_not_depend_on_the_number_of_threads) {
  manual_seed(9);
  const Tensor x = randn({700, 301}), row = randn({301}), g = randn({700, 301});
  std::vector<Tensor> first;
  for (int threads : {1, 2, 3, 7}) {
    const int before = num_threads();
    set_num_threads(threads);
    Tensor a = x.clone().requires_grad_(), b = row.clone().requires_grad_(),
           c = tensor({0.7f}).requires_grad_();
    manual_seed(4);
    const Tensor y = nn::functional::dropout(nn::functional::gelu(a * b) / c, 0.1);
    y.backward(g);
    set_num_threads(before);
    const std::vector<Tensor> now{y.detach(), a.grad(), b.grad(), c.grad()};
    if (first.empty()) first = now;
    for (size_t i = 0; i < now.size(); ++i) BOOST_TEST(same(now[i], first[i]));
  }
}
