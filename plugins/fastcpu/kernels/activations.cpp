// activations, W at a time: the formulas of core/ops/ in terms of F.
//
// `condition ? a : b` chooses lane by lane, both sides being computed. A branch would cost
// more, and could go but one way for all lanes.
#include "activations.hpp"

#include "loops.hpp"
#include "math.hpp"

namespace hg::fastcpu::ISA {
namespace {

struct Relu {  // kept is y
  // larger() answers with its second argument where that is nan.
  static F y(F x, float, float) { return larger(F{}, x); }
  static F dx(F y, F dy, float, float) { return y <= 0.0f ? F{} : dy; }
};

struct Sigmoid_ {
  static F y(F x, float, float) { return sigmoid(x); }
  static F dx(F y, F dy, float, float) { return dy * y * (1.0f - y); }
};

struct Tanh {
  static F y(F x, float, float) { return tanh(x); }
  static F dx(F y, F dy, float, float) { return dy * (1.0f - y * y); }
};

struct LeakyRelu {  // from here on kept is x
  static F y(F x, float slope, float) { return x > 0.0f ? x : slope * x; }
  static F dx(F x, F dy, float slope, float) { return x > 0.0f ? dy : slope * dy; }
};

struct Hardtanh {
  static F y(F x, float low, float high) {
    const F y = x < low ? all(low) : x;
    return x > high ? all(high) : y;
  }
  static F dx(F x, F dy, float low, float high) {
    return ((x <= low) | (x >= high)) ? F{} : dy;
  }
};

struct Clamp {
  static F y(F x, float low, float high) {  // a bound of nan makes all of y nan
    if (low != low || high != high) return all(__builtin_nanf(""));
    const F y = x < low ? all(low) : x;
    return y > high ? all(high) : y;
  }
  static F dx(F x, F dy, float low, float high) {
    return ((x >= low) & (x <= high)) ? dy : F{};
  }
};

struct Silu {
  static F y(F x, float, float) { return x * sigmoid(x); }
  static F dx(F x, F dy, float, float) {
    return dy * slope(x);
  }
  static F slope(F x) {
    const Sigmoid s = sigmoid_both(x);
    return s.y * (1.0f + x * s.rest);
  }
};

void swiglu(const float* a, const float* b, float* y, int64_t n) {
  map(n, y, [](F a, F b) { return a * sigmoid(a) * b; }, a, b);
}
void swiglu_backward_a(const float* a, const float* b, const float* dy, float* da,
                       int64_t n) {
  map(n, da, [](F a, F b, F dy) { return dy * b * Silu::slope(a); }, a, b, dy);
}
void swiglu_backward_b(const float* a, const float* dy, float* db, int64_t n) {
  map(n, db, [](F a, F dy) { return dy * (a * sigmoid(a)); }, a, dy);
}

struct Gelu {
  static F y(F x, float, float) { return x * normal(x).below; }
  static F dx(F x, F dy, float, float) {
    constexpr float density_0 = 0.3989422804f;  // 1/sqrt(2 pi)
    const Normal p = normal(x);
    return dy * (p.below + x * (density_0 * p.bell));
  }
};

struct GeluTanh {
  static constexpr float slope_0 = 0.7978845608f, cubic = 0.044715f;  // sqrt(2/pi)
  static F twice_u(F x) { return 2 * slope_0 * (x + cubic * x * x * x); }
  static F y(F x, float, float) { return x * sigmoid(twice_u(x)); }
  static F dx(F x, F dy, float, float) {
    const Sigmoid s = sigmoid_both(twice_u(x));
    const F slope = 2 * slope_0 * (1.0f + 3 * cubic * x * x);
    return dy * (s.y + x * s.y * s.rest * slope);
  }
};

struct Elu {  // the exponential of a large x is nonsense, and not chosen
  static F y(F x, float alpha, float) {
    return x <= 0.0f ? alpha * with_sign(exp_minus_1(x), x) : x;  // -0 stays -0
  }
  static F dx(F x, F dy, float alpha, float) {
    return x <= 0.0f ? dy * (alpha * exp_negative(x)) : dy;
  }
};

struct Softplus {
  static F y(F x, float beta, float threshold) {
    const F z = beta * x;
    const F y = larger(F{}, z) + log_one_plus(exp_negative(-magnitude(z)));
    return z > threshold ? x : y / beta;
  }
  static F dx(F x, F dy, float beta, float threshold) {
    const F z = beta * x;
    return z > threshold ? dy : dy * sigmoid(z);
  }
};

}  // namespace

extern const Activations activations{
    curve<Relu>, curve<Sigmoid_>, curve<Tanh>, curve<LeakyRelu>, curve<Hardtanh>,
    curve<Clamp>, curve<Silu>, curve<Gelu>, curve<GeluTanh>, curve<Elu>, curve<Softplus>,
    {swiglu, swiglu_backward_a, swiglu_backward_b}};

}  // namespace hg::fastcpu::ISA
