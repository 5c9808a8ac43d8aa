#include "elementary.hpp"

#include "loops.hpp"
#include "math.hpp"

namespace hg::fastcpu::ISA {
namespace {

struct Exp {  // kept is y
  static F y(F x, float, float) { return exp(x); }
  static F dx(F y, F dy, float, float) { return dy * y; }
};

struct Sqrt {
  static F y(F x, float, float) { return square_root(x); }
  static F dx(F y, F dy, float, float) { return dy / (2.0f * y); }
};

struct Rsqrt {
  static F y(F x, float, float) { return 1.0f / square_root(x); }
  static F dx(F y, F dy, float, float) { return dy * -0.5f * (y * y * y); }
};

struct Reciprocal {
  static F y(F x, float, float) { return 1.0f / x; }
  static F dx(F y, F dy, float, float) { return -dy * (y * y); }
};

struct Log {  // kept is x
  static F y(F x, float, float) { return log(x); }
  static F dx(F x, F dy, float, float) { return dy / x; }
};

struct Erf {
  static F y(F x, float, float) { return erf(x); }
  static F dx(F x, F dy, float, float) {
    constexpr float slope_0 = 1.128379167f;  // 2/sqrt(pi)
    return dy * (slope_0 * exp_negative(-x * x));
  }
};

struct Square {
  static F y(F x, float, float) { return x * x; }
  static F dx(F x, F dy, float, float) { return dy * (2.0f * x); }
};

struct Abs {
  static F y(F x, float, float) { return magnitude(x); }
  static F dx(F x, F dy, float, float) {
    const F sign = x > 0.0f ? all(1.0f) : (x < 0.0f ? all(-1.0f) : F{});
    return dy * sign;
  }
};

struct Neg {
  static F y(F x, float, float) { return -x; }
  static F dx(F, F dy, float, float) { return -dy; }
};

}  // namespace

extern const Elementary elementary{curve<Exp>, curve<Sqrt>, curve<Rsqrt>,
                                   curve<Reciprocal>, curve<Log>, curve<Erf>,
                                   curve<Square>, curve<Abs>, curve<Neg>};

}  // namespace hg::fastcpu::ISA
