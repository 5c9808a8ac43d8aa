// Matrix products: every type, layout and special case against three loops written here.
#define BOOST_TEST_MODULE gemm
#include "host/gemm.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "host/blas.hpp"
#include "host/threads.hpp"

using namespace hg;

namespace {

size_t threads_of_process() {
  size_t n = 0;
  for ([[maybe_unused]] auto& entry :
       std::filesystem::directory_iterator("/proc/self/task"))
    ++n;
  return n;
}

// Before main, but after the library was loaded.
const size_t threads_at_start = threads_of_process();

template <class T>
constexpr uint8_t code = std::is_floating_point_v<T> ? HG_FLOAT_CODE
                       : std::is_unsigned_v<T>       ? HG_UINT_CODE
                                                     : HG_INT_CODE;

// Whole numbers from -3 to 3, which every type but u8 holds exactly.
template <class T>
std::vector<T> numbers(int64_t count, uint64_t seed) {
  std::vector<T> result(static_cast<size_t>(count));
  for (size_t i = 0; i < result.size(); ++i) {
    int value = int(hg_philox(seed, i) % 7) - 3;
    result[i] = T(std::is_unsigned_v<T> ? value + 3 : value);
  }
  return result;
}

struct Case {
  int64_t m, n, k, batch = 1;
  bool trans_a = false, trans_b = false;
  double alpha = 1, beta = 0;
  int64_t gap = 0;  // elements between rows
};

template <class T>
struct Product {
  hg_gemm g{};
  std::vector<T> a, b, c;

  Product(const Case& x) {
    int64_t a_rows = x.trans_a ? x.k : x.m, b_rows = x.trans_b ? x.n : x.k;
    g.size = sizeof g;
    g.code = code<T>;
    g.bits = uint8_t(8 * sizeof(T));
    g.trans_a = x.trans_a;
    g.trans_b = x.trans_b;
    g.m = x.m, g.n = x.n, g.k = x.k, g.batch = x.batch;
    g.lda = (x.trans_a ? x.m : x.k) + x.gap;
    g.ldb = (x.trans_b ? x.k : x.n) + x.gap;
    g.ldc = x.n + x.gap;
    g.step_a = a_rows * g.lda, g.step_b = b_rows * g.ldb, g.step_c = x.m * g.ldc;
    g.alpha = x.alpha, g.beta = x.beta;
    a = numbers<T>(x.batch * g.step_a + 1, 1);
    b = numbers<T>(x.batch * g.step_b + 1, 2);
    c = numbers<T>(x.batch * g.step_c + 1, 3);
    g.a = a.data(), g.b = b.data(), g.c = c.data();
  }

  // The formula again. Sums of small whole numbers are exact in every type.
  std::vector<T> expected() const {
    std::vector<T> result = c;
    for (int64_t t = 0; t < g.batch; ++t) {
      for (int64_t i = 0; i < g.m; ++i) {
        for (int64_t j = 0; j < g.n; ++j) {
          int64_t sum = 0;
          for (int64_t l = 0; l < g.k; ++l) {
            int64_t at = t * g.step_a + (g.trans_a ? l * g.lda + i : i * g.lda + l);
            int64_t bt = t * g.step_b + (g.trans_b ? j * g.ldb + l : l * g.ldb + j);
            sum += int64_t(a[size_t(at)]) * int64_t(b[size_t(bt)]);
          }
          T& y = result[size_t(t * g.step_c + i * g.ldc + j)];
          y = T(int64_t(g.alpha) * sum + int64_t(g.beta) * int64_t(y));
        }
      }
    }
    return result;
  }
};

template <class T>
void check(const Case& x) {
  Product<T> p(x);
  std::vector<T> expected = p.expected();
  BOOST_REQUIRE_EQUAL(gemm_problem(p.g), "");
  gemm(p.g);
  BOOST_TEST_CONTEXT("m " << x.m << " n " << x.n << " k " << x.k << " batch " << x.batch
                          << " transposed " << x.trans_a << x.trans_b << " beta "
                          << x.beta) {
    BOOST_TEST((p.c == expected));  // also what lies between the rows
  }
}

template <class T>
void check_all() {
  for (Case x : {Case{1, 1, 1}, Case{3, 5, 7}, Case{17, 33, 9, 4}, Case{64, 10, 100}}) {
    for (int flags = 0; flags < 8; ++flags) {
      x.trans_a = flags & 1, x.trans_b = flags & 2, x.gap = flags & 4 ? 3 : 0;
      for (double beta : {0., 1., 2.}) {
        x.beta = beta, x.alpha = beta + 1;
        check<T>(x);
      }
    }
  }
}

std::vector<float> random_product(int64_t m, int64_t n, int64_t k) {
  Product<float> p({m, n, k});
  for (size_t i = 0; i < p.a.size(); ++i) p.a[i] = float(hg_philox(4, i)) * 0x1p-32f - 0.3f;
  for (size_t i = 0; i < p.b.size(); ++i) p.b[i] = float(hg_philox(5, i)) * 0x1p-32f - 0.6f;
  gemm(p.g);
  return p.c;
}

}  // namespace

BOOST_AUTO_TEST_CASE(loading_the_library_starts_no_threads) {
  BOOST_TEST(threads_at_start == 1u);
  check<float>({3, 4, 5});
  BOOST_TEST(threads_of_process() == 1u);
}

BOOST_AUTO_TEST_CASE(openblas_uses_kernels_that_fit_this_cpu) {
  BOOST_TEST_MESSAGE("OpenBLAS kernels: " << blas::kernels());
  BOOST_TEST(std::string(blas::problem()) == "");
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq")) {
    BOOST_TEST(std::string(blas::kernels()) == "SkylakeX");
  }
#endif
}

BOOST_AUTO_TEST_CASE(every_type_and_layout) {
  for (int threads : {1, 3}) {
    set_num_threads(threads);
    check_all<float>();
    check_all<double>();
    check_all<int64_t>();
    check_all<int32_t>();
    check_all<int16_t>();
    check_all<int8_t>();
    check_all<uint8_t>();
  }
  set_plain_gemm(true);
  check_all<float>();
  check_all<double>();
  set_plain_gemm(false);
}

BOOST_AUTO_TEST_CASE(large_products_in_parts) {
  set_num_threads(3);
  for (int flags = 0; flags < 4; ++flags) {
    bool ta = flags & 1, tb = flags & 2;
    check<float>({301, 70, 130, 1, ta, tb, 1, 1, 2});  // cut by rows
    check<float>({70, 301, 130, 2, ta, tb, 2, 0, 2});  // by columns, in a batch of two
    check<double>({90, 90, 200, 5, ta, tb, 1, 0, 1});  // whole products
    check<int32_t>({150, 150, 150, 1, ta, tb, -2, 1});
  }
}

BOOST_AUTO_TEST_CASE(a_batch_may_share_one_matrix) {
  Product<float> p({4, 3, 5, 6});
  p.g.step_b = 0;  // every product has the same b
  std::vector<float> expected = p.expected();
  gemm(p.g);
  BOOST_TEST((p.c == expected));
}

BOOST_AUTO_TEST_CASE(beta_zero_never_reads_c) {
  for (bool plain : {false, true}) {
    set_plain_gemm(plain);
    for (Case x : {Case{2, 3, 4}, Case{100, 90, 80}, Case{2, 3, 0}, Case{200, 1, 300}}) {
      Product<float> p(x);
      std::vector<float> expected = p.expected();
      std::fill(p.c.begin(), p.c.end() - 1, std::numeric_limits<float>::quiet_NaN());
      gemm(p.g);
      BOOST_TEST((p.c == expected));
    }
  }
  set_plain_gemm(false);
}

BOOST_AUTO_TEST_CASE(empty_sizes) {
  check<float>({0, 3, 4});
  check<float>({3, 0, 4});
  check<float>({3, 4, 0});                         // all zeros
  check<float>({3, 4, 0, 1, false, false, 1, 2});  // 2c
  check<double>({3, 4, 5, 0});
  check<int64_t>({2, 2, 0, 3, true, true, 1, 1});
  Product<float> p({0, 3, 4});
  p.g.a = p.g.b = nullptr;
  p.g.c = nullptr;
  BOOST_TEST(gemm_problem(p.g) == "");
}

BOOST_AUTO_TEST_CASE(whole_numbers_wrap_around) {
  hg_gemm g{};
  int8_t a = 100, b = 3, c = 0;
  g.size = sizeof g;
  g.code = HG_INT_CODE, g.bits = 8;
  g.m = g.n = g.k = g.lda = g.ldb = g.ldc = g.batch = 1;
  g.a = &a, g.b = &b, g.c = &c, g.alpha = 1;
  gemm(g);
  BOOST_TEST(int(c) == 300 - 256);
}

BOOST_AUTO_TEST_CASE(repeats_agree_to_the_last_bit) {
  for (int threads : {1, 2, 3}) {
    set_num_threads(threads);
    std::vector<float> first = random_product(250, 130, 77);
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::vector<float> again = random_product(250, 130, 77);
      BOOST_TEST(std::memcmp(first.data(), again.data(), 4 * first.size()) == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(openblas_agrees_with_the_formula) {
  for (int threads : {1, 2}) {
    set_num_threads(threads);
    std::vector<float> fast = random_product(111, 222, 333);
    set_plain_gemm(true);
    std::vector<float> plain = random_product(111, 222, 333);
    set_plain_gemm(false);
    double worst = 0;
    for (size_t i = 0; i < fast.size(); ++i) {
      worst = std::max(worst, std::abs(double(fast[i]) - double(plain[i])));
    }
    BOOST_TEST(worst > 0);     // they add in another order,
    BOOST_TEST(worst < 1e-4);  // no more
  }
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
  auto problem = [](auto change) {
    Product<float> p({2, 3, 4});
    change(p.g);
    return gemm_problem(p.g);
  };
  BOOST_TEST(problem([](hg_gemm& g) { g.m = -1; }) ==
             "a size below 0: m is -1, n 3, k 4, batch 1");
  BOOST_TEST(problem([](hg_gemm& g) { g.lda = 3; }) ==
             "lda is 3, but a row has 4 elements");
  BOOST_TEST(problem([](hg_gemm& g) { g.ldb = 2; }) ==
             "ldb is 2, but a row has 3 elements");
  BOOST_TEST(problem([](hg_gemm& g) { g.ldc = 0; }) ==
             "ldc is 0, but a row has 3 elements");
  BOOST_TEST(problem([](hg_gemm& g) { g.trans_b = 1; }) ==
             "ldb is 3, but a row has 4 elements");
  BOOST_TEST(problem([](hg_gemm& g) { g.trans_a = 2; }) ==
             "trans_a and trans_b are 0 or 1");
  BOOST_TEST(problem([](hg_gemm& g) { g.a = nullptr; }) == "a, b or c is NULL");
  BOOST_TEST(problem([](hg_gemm& g) { g.size = 8; }) == "hg_gemm.size is 8");
  BOOST_TEST(
      problem([](hg_gemm& g) { g.bits = 16; }) ==
      "products are of f32, f64, i64, i32, i16, i8 and u8; this is type code 2 with 16 "
      "bits");
  BOOST_TEST(problem([](hg_gemm& g) { g.code = HG_BOOL_CODE, g.bits = 8; }).substr(0, 8) ==
             "products");
  BOOST_TEST(problem([](hg_gemm& g) { g.code = HG_INT_CODE, g.alpha = 0.5; }) ==
             "alpha and beta of a product of whole numbers must be whole");
}
