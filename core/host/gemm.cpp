#include "host/gemm.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <type_traits>

#include "host/abi_layout.hpp"
#include "host/blas.hpp"
#include "host/host.hpp"
#include "host/registry.hpp"
#include "host/threads.hpp"

namespace hg {
namespace {

// ---- by the formula -------------------------------------------------------------------

// c[i,j] = alpha * sum_l op(a)[i,l] * op(b)[l,j] + beta * c[i,j]
//
// Transposing only swaps the distances: op(a)[i,l] is a[i*lda + l], or a[l*lda + i].
// Whole numbers are added up modulo 2^64, of which the result keeps the low bits.
template <class T>
void plain(const hg_gemm& g, const T* a, const T* b, T* c) {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, T, uint64_t>;
  auto number = [](double x) {
    if constexpr (std::is_floating_point_v<T>)
      return T(x);
    else
      return uint64_t(int64_t(x));
  };
  const Sum alpha = number(g.alpha), beta = number(g.beta);
  const int64_t a_row = g.trans_a ? 1 : g.lda, a_column = g.trans_a ? g.lda : 1;
  const int64_t b_row = g.trans_b ? 1 : g.ldb, b_column = g.trans_b ? g.ldb : 1;
  for (int64_t i = 0; i < g.m; ++i) {
    for (int64_t j = 0; j < g.n; ++j) {
      Sum sum = 0;
      for (int64_t l = 0; l < g.k; ++l) {
        sum += Sum(a[i * a_row + l * a_column]) * Sum(b[l * b_row + j * b_column]);
      }
      T& y = c[i * g.ldc + j];
      y = T(beta == 0 ? alpha * sum : alpha * sum + beta * Sum(y));
    }
  }
}

std::atomic<bool>& plain_only() {
  static std::atomic<bool> on = [] {
    const char* text = std::getenv("HANDGRAD_PLAIN_GEMM");
    return text && *text && *text != '0';
  }();
  return on;
}

// ---- one product of the batch, or a part of one ---------------------------------------

template <class T>
void product(const hg_gemm& g, const T* a, const T* b, T* c) {
  if constexpr (std::is_floating_point_v<T>) {
    int64_t largest = std::max({g.m, g.n, g.k, g.lda, g.ldb, g.ldc});
    if (g.k > 0 && largest <= INT32_MAX && !plain_only()) {
      blas::gemm(g.trans_a, g.trans_b, g.m, g.n, g.k, g.alpha, a, g.lda, b, g.ldb, g.beta,
                 c, g.ldc);
      return;
    }
  }
  plain(g, a, b, c);
}

// ---- sharing the work -----------------------------------------------------------------

// 2 million multiplications and additions take OpenBLAS some 20 us on one core, several
// times what handing them to another thread costs.
constexpr double worthwhile = 2e6;

// How the rows of c, or the columns if there are more of them, are cut: into `parts` parts
// of `step` each, a multiple of 16 (a cache line of floats, whole tiles of the kernels).
struct Cut {
  bool rows;
  int64_t parts = 1, step;

  Cut(const hg_gemm& g, double work, int64_t threads) : rows(g.m >= g.n) {
    int64_t length = rows ? g.m : g.n;
    int64_t wanted = std::clamp<int64_t>(int64_t(work / worthwhile), 1, threads);
    step = std::max<int64_t>(1, ((length + wanted - 1) / wanted + 15) / 16 * 16);
    if (wanted > 1) parts = (length + step - 1) / step;
  }
};

template <class T>
struct Tasks {
  const hg_gemm& g;
  Cut cut;

  // Task t is part t % parts of product t / parts.
  void run(int64_t t) const {
    int64_t nth = t / cut.parts, begin = t % cut.parts * cut.step;
    const T* a = static_cast<const T*>(g.a) + nth * g.step_a;
    const T* b = static_cast<const T*>(g.b) + nth * g.step_b;
    T* c = static_cast<T*>(g.c) + nth * g.step_c;
    if (cut.parts == 1) return product(g, a, b, c);
    hg_gemm part = g;
    if (cut.rows) {
      part.m = std::min(cut.step, g.m - begin);
      a += begin * (g.trans_a ? 1 : g.lda);
      c += begin * g.ldc;
    } else {
      part.n = std::min(cut.step, g.n - begin);
      b += begin * (g.trans_b ? g.ldb : 1);
      c += begin;
    }
    product(part, a, b, c);
  }
};

template <class T>
void share(const hg_gemm& g) {
  int64_t threads = in_parallel_loop() ? 1 : num_threads();
  double work = 2.0 * double(g.m) * double(g.n) * double(std::max<int64_t>(g.k, 1));
  // A thread that takes whole products prepares each matrix once, so those come first.
  Tasks<T> tasks{g, Cut(g, work, g.batch < threads ? threads : 1)};
  int64_t grain = tasks.cut.parts > 1 ? 1 : int64_t(std::max(1.0, worthwhile / work));
  auto body = [](int64_t begin, int64_t end, int32_t, void* user) -> int32_t {
    for (int64_t t = begin; t < end; ++t) static_cast<const Tasks<T>*>(user)->run(t);
    return HG_OK;
  };
  parallel_for(g.batch * tasks.cut.parts, grain, body, &tasks);
}

void warn_of_slow_kernels() {
  static const bool done = [] {
    if (*blas::problem()) host_log(host_table(), HG_WARNING, blas::problem());
    return true;
  }();
  (void)done;
}

}  // namespace

std::string gemm_problem(const hg_gemm& g) {
  if (g.size < abi::gemm_v1_0) return "hg_gemm.size is " + std::to_string(g.size);
  auto text = [](int64_t n) { return std::to_string(n); };
  if (g.m < 0 || g.n < 0 || g.k < 0 || g.batch < 0) {
    return "a size below 0: m is " + text(g.m) + ", n " + text(g.n) + ", k " + text(g.k) +
           ", batch " + text(g.batch);
  }
  if (g.trans_a > 1 || g.trans_b > 1) return "trans_a and trans_b are 0 or 1";
  bool is_float = g.code == HG_FLOAT_CODE && (g.bits == 32 || g.bits == 64);
  bool is_whole = (g.code == HG_INT_CODE || (g.code == HG_UINT_CODE && g.bits == 8)) &&
                  (g.bits == 8 || g.bits == 16 || g.bits == 32 || g.bits == 64);
  if (!is_float && !is_whole) {
    return "products are of f32, f64, i64, i32, i16, i8 and u8; this is type code " +
           text(g.code) + " with " + text(g.bits) + " bits";
  }
  auto whole = [](double x) { return x == std::trunc(x) && std::abs(x) < 0x1p53; };
  if (is_whole && !(whole(g.alpha) && whole(g.beta))) {
    return "alpha and beta of a product of whole numbers must be whole";
  }
  if (g.batch == 0 || g.m == 0 || g.n == 0) return {};
  if (!g.c || (g.k > 0 && (!g.a || !g.b))) return "a, b or c is NULL";
  auto distance = [&](const char* name, int64_t ld, int64_t row) {
    if (ld >= row) return std::string();
    return std::string(name) + " is " + text(ld) + ", but a row has " + text(row) +
           " elements";
  };
  if (g.k > 0) {
    if (auto p = distance("lda", g.lda, g.trans_a ? g.m : g.k); !p.empty()) return p;
    if (auto p = distance("ldb", g.ldb, g.trans_b ? g.k : g.n); !p.empty()) return p;
  }
  return distance("ldc", g.ldc, g.n);
}

void gemm(const hg_gemm& g) {
  if (g.batch == 0 || g.m == 0 || g.n == 0) return;
  if (g.code == HG_FLOAT_CODE) warn_of_slow_kernels();
  switch (g.code * 256 + g.bits) {
    case HG_FLOAT_CODE * 256 + 32: return share<float>(g);
    case HG_FLOAT_CODE * 256 + 64: return share<double>(g);
    case HG_INT_CODE * 256 + 64: return share<int64_t>(g);
    case HG_INT_CODE * 256 + 32: return share<int32_t>(g);
    case HG_INT_CODE * 256 + 16: return share<int16_t>(g);
    case HG_INT_CODE * 256 + 8: return share<int8_t>(g);
    case HG_UINT_CODE * 256 + 8: return share<uint8_t>(g);
  }
}

void set_plain_gemm(bool on) { plain_only() = on; }

int32_t host_gemm(hg_call* call, const hg_gemm* g) {
  std::string problem = gemm_problem(*g);
  if (!problem.empty()) return host_fail(call, HG_E_INVALID, ("gemm: " + problem).c_str());
  gemm(*g);
  return HG_OK;
}

}  // namespace hg
