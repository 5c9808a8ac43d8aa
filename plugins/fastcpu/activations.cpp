// activations: relu and its relatives, and the smooth curves.
//
// The limit of relu is memory: forward, 4 bytes of each element are read and 4 written;
// backward, dy and what was kept are read. That of the smooth curves is arithmetic. A CPU
// that multiplies 16 floats a cycle, 3.5 times a nanosecond, takes some 16 multiplications
// for an exponential and, since a division holds up the multipliers like five of them, 24
// in all for gelu: 0.43 ns an element. Measured on one core of a Zen 4, a tensor of
// 4096 x 1024, least of many runs: relu 0.15 ns an element (54 GB/s: part of it is in
// the third-level cache), exp 0.19, sigmoid 0.28, gelu 0.43.
#include "kernels/activations.hpp"

#include <string_view>

#include "unary.hpp"

namespace hg::fastcpu {
namespace {

template <Curve Activations::*member>
constexpr auto get = entry<Activations, best_activations, member>;

Settings one_number(const Call& c) { return {float(c.attr(0).number()), 0}; }
Settings two_numbers(const Call& c) {
  return {float(c.attr(0).number()), float(c.attr(1).number())};
}

// A bound that is left out bounds nothing.
Settings bounds(const Call& c) {
  constexpr float inf = __builtin_inff();
  return {c.attr(0).given() ? float(c.attr(0).number()) : -inf,
          c.attr(1).given() ? float(c.attr(1).number()) : inf};
}

Settings low_and_high(const Call& c) {
  const Settings s = two_numbers(c);
  require(s.a <= s.b, "min_val is ", s.a, ", max_val is ", s.b,
          ": there is nothing between them");
  return s;
}

Settings beta_and_threshold(const Call& c) {
  const Settings s = two_numbers(c);
  require(s.a != 0, "beta is 0, and the result is divided by it");
  return s;
}

const Curve& gelu(const Call& c) {
  const Activations& table = best_activations();
  return c.attr(0).string() == "tanh" ? table.gelu_tanh : table.gelu;
}

struct Swiglu {
  template <class T>
  static void forward(Call& c) {
    const float *a = c.in<float>(0), *b = c.in<float>(1);
    float* y = c.out<float>(0);
    share_out(c, hg_numel(&c.in(0)), [&](int64_t i, int64_t end) {
      best_activations().swiglu.forward(a + i, b + i, y + i, end - i);
    });
  }
  template <class T>
  static void backward(Call& c) {
    const float *a = c.in<float>(0), *b = c.in<float>(1), *dy = c.dout<float>(0);
    float *da = c.din<float>(0), *db = c.din<float>(1);
    share_out(c, hg_numel(&c.in(0)), [&](int64_t i, int64_t end) {
      const Gate& f = best_activations().swiglu;
      if (da) f.backward_a(a + i, b + i, dy + i, da + i, end - i);
      if (db) f.backward_b(a + i, dy + i, db + i, end - i);
    });
  }
};

}  // namespace

void describe_activations(Plugin& p) {
  using A = Activations;
  Unary<get<&A::relu>, Keeps::y>::describe(p, "core.relu");
  Unary<get<&A::sigmoid>, Keeps::y>::describe(p, "core.sigmoid");
  Unary<get<&A::tanh>, Keeps::y>::describe(p, "core.tanh");
  Unary<get<&A::leaky_relu>, Keeps::x, one_number>::describe(p, "core.leaky_relu");
  Unary<get<&A::hardtanh>, Keeps::x, low_and_high>::describe(p, "core.hardtanh");
  Unary<get<&A::clamp>, Keeps::x, bounds>::describe(p, "core.clamp");
  Unary<get<&A::silu>, Keeps::x>::describe(p, "core.silu");
  Unary<gelu, Keeps::x>::describe(p, "core.gelu");
  Unary<get<&A::elu>, Keeps::x, one_number>::describe(p, "core.elu");
  Unary<get<&A::softplus>, Keeps::x, beta_and_threshold>::describe(p, "core.softplus");
  p.kernel<Swiglu, float>("core.swiglu")
      .may_alias({0}).keep_in({0, 1}).priority(priority);
}

}  // namespace hg::fastcpu
