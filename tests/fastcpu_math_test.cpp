// The vector functions of plugins/fastcpu/kernels/math.hpp against the C library's in
// double precision. A part of all floats, evenly strewn, and all around the delicate
// places; with HANDGRAD_EXHAUSTIVE set, every one of the 2^32.
#define BOOST_TEST_MODULE fastcpu_math
#include <boost/test/unit_test.hpp>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <iomanip>
#include <numbers>

#include "autograd/grad_mode.hpp"
#include "host/attributes.hpp"
#include "host/dispatch.hpp"
#include "host/threads.hpp"
#include "support/every_isa.hpp"
#include "tensor/create.hpp"

using namespace hg;

namespace {

// The distance between neighbouring floats at |x|.
double ulp(double x) {
  const int exponent = std::max(std::ilogb(std::max(std::abs(x), 0x1p-126)), -126);
  return std::ldexp(1.0, std::min(exponent, 127) - 23);
}

// The float that `exact` should become, as far as the kind of number goes.
bool same_kind(float y, double exact) {
  if (std::isnan(exact)) return std::isnan(y);
  if (std::isinf(float(exact)) || std::isinf(y)) return y == float(exact);
  return !std::isnan(y) && (exact != 0 || std::signbit(y) == std::signbit(exact));
}

using Exact = double (*)(double);

struct Worst {
  double ulps = 0;
  float at = 0;
  bool kinds_agree = true;
};

// How far the operator is from f at the floats with these bits, in ulp of f(x), or of x.
void measure(const Operator& op, const Attributes& attributes, Exact f, bool of_x,
             const std::vector<uint32_t>& bits, Worst& worst) {
  const no_grad guard;
  const Tensor x = empty({int64_t(bits.size())});
  float* data = static_cast<float*>(x.desc().data);
  for (size_t i = 0; i < bits.size(); ++i) data[i] = std::bit_cast<float>(bits[i]);
  const Tensor* inputs[] = {&x};
  const Tensor y = run_all(op, inputs, attributes.values())[0];
  const float* got = static_cast<const float*>(y.desc().data);
  for (size_t i = 0; i < bits.size(); ++i) {
    const double exact = f(double(data[i]));
    if (!same_kind(got[i], exact)) {
      if (worst.kinds_agree) worst.at = data[i];
      worst.kinds_agree = false;
      continue;
    }
    const double off = std::abs(double(got[i]) - exact);
    const double ulps = off / ulp(of_x ? double(data[i]) : exact);
    if (std::isfinite(off) && ulps > worst.ulps && worst.kinds_agree) {
      worst.ulps = ulps;
      worst.at = data[i];
    }
  }
}

std::vector<uint32_t> around_delicate_places() {
  std::vector<uint32_t> bits;
  for (float x : {0.0f,    0x1p-126f, 0x1p-24f, 0x1p-12f,  0.34657359f, 0.5f,
                  0.70710678f,        1.0f,     1.41421356f, 2.0f,      4.0f,
                  9.0109f, 10.0f,     13.0f,    14.4222f,  16.0f,       17.32868f,
                  25.0f,   44.3614f,  87.33655f, 88.0f,    88.72284f,   89.0f,
                  103.97208f, 104.0f, 0x1p23f,  0x1p24f,   0x1p64f,     0x1.fffffep127f,
                  HUGE_VALF}) {
    for (uint32_t near = 0; near < 129; ++near) {
      const uint32_t b = std::bit_cast<uint32_t>(x) + near - 64;
      bits.push_back(b & 0x7fffffff);
      bits.push_back(b | 0x80000000);
    }
  }
  return bits;
}

void check(const char* name, Exact f, double limit, bool of_x = false,
           const char* attributes = "{}") {
  const Operator& op = Registry::get().at(name);
  const Attributes values(op, attributes);
  Worst worst;
  measure(op, values, f, of_x, around_delicate_places(), worst);
  const uint64_t stride = std::getenv("HANDGRAD_EXHAUSTIVE") ? 1 : 2039;
  std::vector<uint32_t> bits;
  for (uint64_t b = stride / 2; b < uint64_t(1) << 32; b += stride) {
    bits.push_back(uint32_t(b));
    if (bits.size() < 1 << 20) continue;
    measure(op, values, f, of_x, bits, worst);
    bits.clear();
  }
  measure(op, values, f, of_x, bits, worst);
  BOOST_TEST_MESSAGE(name << attributes << ": " << std::setprecision(3) << worst.ulps
                          << " ulp at " << std::setprecision(9) << worst.at);
  BOOST_TEST(worst.kinds_agree, name << " of " << worst.at << " is not even that kind");
  BOOST_TEST(worst.ulps <= limit, name << " of " << worst.at << " is off by "
                                       << worst.ulps << " ulp, allowed are " << limit);
}

double logistic(double x) {
  const double u = std::exp(-std::abs(x));
  return (x < 0 ? u : 1) / (1 + u);
}

}  // namespace

BOOST_AUTO_TEST_CASE(exp_of_all_floats) { check("exp", std::exp, 4); }
BOOST_AUTO_TEST_CASE(log_of_all_floats) { check("log", std::log, 4); }
BOOST_AUTO_TEST_CASE(tanh_of_all_floats) { check("tanh", std::tanh, 4); }
BOOST_AUTO_TEST_CASE(sigmoid_of_all_floats) { check("sigmoid", logistic, 4); }
BOOST_AUTO_TEST_CASE(erf_of_all_floats) { check("erf", std::erf, 4); }

// gelu and silu are x times a number from 0 to 1: an error is measured against x.
BOOST_AUTO_TEST_CASE(gelu_of_all_floats) {
  const Exact gelu = [](double x) {
    return x * std::erfc(-x * std::numbers::sqrt2 / 2) / 2;
  };
  check("gelu", gelu, 4, true);
}
BOOST_AUTO_TEST_CASE(gelu_by_tanh_of_all_floats) {
  const Exact gelu = [](double x) {
    constexpr double slope_0 = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
    return x * logistic(2 * slope_0 * (x + 0.044715 * x * x * x));
  };
  check("gelu", gelu, 4, true, R"({"approximate":"tanh"})");
}
BOOST_AUTO_TEST_CASE(silu_of_all_floats) {
  check("silu", [](double x) { return x * logistic(x); }, 4, true);
}
BOOST_AUTO_TEST_CASE(elu_of_all_floats) {
  check("elu", [](double x) { return x <= 0 ? std::expm1(x) : x; }, 4);
}
BOOST_AUTO_TEST_CASE(softplus_of_all_floats) {
  check("softplus", [](double x) {
    return x > 20 ? x : std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
  }, 4);
}
