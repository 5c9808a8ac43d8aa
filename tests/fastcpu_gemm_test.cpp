// Products of matrices by fastcpu, against the reference: at the edges of every block, for
// every way in which a product is computed, for every layout of the factors.
#define BOOST_TEST_MODULE fastcpu_gemm
#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <random>
#include <string>

#include "autograd/backward.hpp"
#include "host/threads.hpp"
#include "ops/functions.hpp"
#include "support/every_isa.hpp"
#include "support/fastcpu.hpp"
#include "tensor/create.hpp"
#include "tensor/random.hpp"

using namespace hg;
using hg::test::disagreement;

namespace {

std::string normal(std::initializer_list<int64_t> shape) {
  std::string text = "normal[";
  for (int64_t n : shape) text += (text.back() == '[' ? "" : ",") + std::to_string(n);
  return text + "]";
}

// y = x w^T + b with R rows, I features, O outputs; in backward dx = dy w and dw = dy^T x.
std::string linear_problem(int64_t R, int64_t I, int64_t O, bool bias = true) {
  return disagreement("linear", normal({R, I}) + " " + normal({O, I}) + " " +
                                    (bias ? normal({O}) : "none"));
}

// A matrix of n x m whose elements lie in memory in one of several ways.
Tensor laid_out(int64_t n, int64_t m, int layout) {
  switch (layout) {
    case 0: return randn({n, m}, f32);
    case 1: return randn({m, n}, f32).transpose(0, 1);
    case 2: return randn({n, m + 3}, f32).narrow(1, 2, m);          // rows apart
    case 3: return randn({m + 5, n}, f32).narrow(0, 1, m).transpose(0, 1);
    case 4: return randn({n, m, 3}, f32).select(2, 1);              // nothing is dense
    default: return randn({1, m}, f32).expand({n, m});              // one row, n times
  }
}

}  // namespace

// Tiles have 14, 6 or 4 rows and 32, 16 or 8 columns, vectors 16, 8 or 4 lanes.
BOOST_AUTO_TEST_CASE(edges_of_tiles) {
  for (int64_t n : {0, 1, 3, 4, 5, 7, 8, 9, 13, 14, 15, 17, 28, 29, 31, 32, 33, 65}) {
    for (int64_t m : {1, 4, 5, 6, 7, 13, 14, 15, 29}) {
      BOOST_TEST(linear_problem(m, 19, n) == "");
      BOOST_TEST(linear_problem(m, n, 19, false) == "");
      BOOST_TEST(linear_problem(n, m, 5) == "");
    }
  }
}

// Up to 12 outputs or 4 rows, and 128 features or more, are computed by dots.
BOOST_AUTO_TEST_CASE(edges_of_dots) {
  for (int64_t few = 1; few <= 14; ++few) {
    for (int64_t k : {127, 128, 129, 143, 144, 145}) {
      BOOST_TEST(linear_problem(21, k, few) == "");
      BOOST_TEST(linear_problem(few, k, 21, false) == "");
    }
  }
}

// k is cut into parts of 384 at most, m into blocks of 512.
BOOST_AUTO_TEST_CASE(edges_of_blocks) {
  for (int64_t k : {383, 384, 385, 767, 768, 769, 1153}) {
    BOOST_TEST(linear_problem(15, k, 17) == "");  // y by tiles
    BOOST_TEST(linear_problem(15, k, 33) == "");  // y by turned tiles
    BOOST_TEST(linear_problem(15, 17, k) == "");  // dx
    BOOST_TEST(linear_problem(k, 15, 17) == "");  // dw
  }
  for (int64_t m : {511, 512, 513, 1025}) {
    BOOST_TEST(linear_problem(m, 33, 35) == "");
    BOOST_TEST(linear_problem(33, 35, m) == "");
    BOOST_TEST(linear_problem(35, m, 513) == "");
  }
}

// Large enough to be shared among threads, in rows and in columns.
BOOST_AUTO_TEST_CASE(shared_among_threads) {
  BOOST_TEST(linear_problem(256, 784, 10) == "");
  BOOST_TEST(linear_problem(256, 784, 256) == "");
  BOOST_TEST(linear_problem(256, 120, 84) == "");
  BOOST_TEST(linear_problem(32, 256, 1024) == "");
  BOOST_TEST(linear_problem(1, 512, 1000) == "");
  BOOST_TEST(linear_problem(1021, 67, 101) == "");
}

BOOST_AUTO_TEST_CASE(empty_ones) {
  for (int64_t k : {0, 1}) {
    BOOST_TEST(linear_problem(0, 3, k) == "");
    BOOST_TEST(linear_problem(3, 0, k) == "");  // a sum of nothing: the bias
    BOOST_TEST(linear_problem(3, 0, k, false) == "");
    BOOST_TEST(linear_problem(0, 0, k) == "");
  }
  BOOST_TEST(disagreement("matmul", "normal[3,0] normal[0,2]") == "");
  BOOST_TEST(disagreement("matmul", "normal[0,3,4] normal[4,2]") == "");
  BOOST_TEST(disagreement("matmul", "normal[0,3,4] normal[1,4,2]") == "");
  BOOST_TEST(disagreement("matmul", "normal[0] normal[0]") == "");
}

BOOST_AUTO_TEST_CASE(random_shapes) {
  std::mt19937 random(5);
  for (int i = 0; i < 150; ++i) {
    auto size = [&](int64_t most) {
      return int64_t(std::pow(double(most), double(random() % 1000) / 999));
    };
    BOOST_TEST(linear_problem(size(300), size(600), size(300), random() % 2) == "");
  }
}

BOOST_AUTO_TEST_CASE(every_layout) {
  manual_seed(7);
  for (int left = 0; left < 6; ++left) {
    for (int right = 0; right < 6; ++right) {
      for (auto [m, n, k] :
           {std::array<int64_t, 3>{37, 41, 19}, {3, 50, 131}, {50, 7, 150}}) {
        BOOST_TEST(disagreement("matmul", {laid_out(m, k, left), laid_out(k, n, right)}) ==
                   "");
      }
    }
  }
}

// Stacks, of the same size, stretched on either side, and of vectors.
BOOST_AUTO_TEST_CASE(stacks) {
  for (const char* inputs :
       {"normal[5,7,9] normal[5,9,4]", "normal[5,7,9] normal[9,4]",
        "normal[7,9] normal[5,9,4]", "normal[2,3,7,9] normal[2,3,9,4]",
        "normal[2,1,7,9] normal[3,9,4]", "normal[1,3,7,9] normal[2,1,9,4]",
        "normal[2,3,7,9] normal[9,4]", "normal[2,3,1,9] normal[2,1,9,1]",
        "normal[9] normal[5,9,4]", "normal[5,7,9] normal[9]", "normal[9] normal[9]",
        "normal[1,7,9] normal[1,9,4]", "normal[12,64,32] normal[12,32,64]",
        "normal[3,130,128] normal[3,128,70]", "normal[2,300,64] normal[64,130]"}) {
    BOOST_TEST(disagreement("matmul", inputs) == "");
  }
  // Attention's: heads are an axis inside of the rows, and keys are turned over.
  manual_seed(8);
  Tensor q = randn({3, 17, 4, 24}, f32).transpose(1, 2);
  Tensor k = randn({3, 17, 4, 24}, f32).transpose(1, 2);
  BOOST_TEST(disagreement("matmul", {q, k.transpose(2, 3)}) == "");
  Tensor heads_first = k.transpose(2, 3).transpose(0, 1);
  BOOST_TEST(disagreement("matmul", {q.transpose(0, 1), heads_first}) == "");
  // One matrix for a stack whose rows do not follow each other.
  BOOST_TEST(disagreement("matmul", {q, randn({24, 5}, f32)}) == "");
}

// A gradient that another use has begun is added to.
BOOST_AUTO_TEST_CASE(gradients_are_added_up) {
  manual_seed(9);
  for (auto [R, I, O] :
       {std::array<int64_t, 3>{20, 30, 40}, {40, 150, 7}, {9, 600, 60}, {40, 7, 150}}) {
    auto gradients = [&, R = R, I = I, O = O](DType type) {
      manual_seed(10);
      Tensor x = randn({R, I}, f32).to(type).requires_grad_();
      Tensor w = randn({O, I}, f32).to(type).requires_grad_();
      Tensor b = randn({O}, f32).to(type).requires_grad_();
      Tensor loss = linear(x, w, b).square().sum();
      loss = loss + linear(x * 2.0, w, b).square().sum() + linear(x, w, b).sum();
      loss = loss + x.matmul(w.transpose(0, 1)).square().sum();
      // Twice, so that one of them finds the gradient begun, whichever comes first.
      Tensor turned = w.transpose(0, 1).contiguous();
      loss = loss + x.matmul(turned).square().sum() + x.matmul(turned * 2.0).sum();
      loss.backward();
      return std::vector<Tensor>{x.grad(), w.grad(), b.grad()};
    };
    auto fast = gradients(f32), exact = gradients(f64);
    for (size_t i = 0; i < 3; ++i) {
      const Tensor difference = (fast[i].to(f64) - exact[i]).abs().max();
      BOOST_TEST(difference.item<double>() <
                 2e-6 * exact[i].abs().max().item<double>());
    }
  }
}

// What is not a number stays in its row and column.
BOOST_AUTO_TEST_CASE(not_a_number_spreads_no_further_than_it_must) {
  const float nan = std::nanf("");
  Tensor x = ones({15, 20}, f32), w = ones({33, 20}, f32);
  x.select(0, 14).fill_(nan);
  w.select(0, 32).fill_(nan);
  const std::vector<float> y = linear(x, w).to_vector<float>();
  for (size_t i = 0; i < 15; ++i) {
    for (size_t j = 0; j < 33; ++j) {
      BOOST_TEST(std::isnan(y[i * 33 + j]) == (i == 14 || j == 32));
    }
  }
}
