// unary.hpp: the front of all functions of one number.
#pragma once

#include "fastcpu.hpp"
#include "kernels/curve.hpp"

namespace hg::fastcpu {

/// body(begin, end) for parts of n numbers in a row, on several threads if there is work
/// for them. A part begins at the beginning of a cache line, which no two threads then
/// share.
template <class Body>
void share_out(const Call& c, int64_t n, const Body& body) {
  constexpr int64_t line = 16;  // floats
  if (n < 2 * elementwise_grain) return body(int64_t(0), n);
  c.parallel(ceil_div(n, line), elementwise_grain / line,
             [&](int64_t begin, int64_t end) {
               body(begin * line, end * line < n ? end * line : n);
             });
}

/// The settings of a Curve.
struct Settings {
  float a = 0, b = 0;
};
inline Settings no_settings(const Call&) { return {}; }

enum class Keeps { nothing, x, y };

/// A kernel for f32. `curve` chooses from a table, by the call's attributes if need be.
template <const Curve& (*curve)(const Call&), Keeps keeps,
          Settings (*settings)(const Call&) = no_settings>
struct Unary {
  template <class T>
  static void forward(Call& c) {
    const float* x = c.in<float>(0);
    float* y = c.out<float>(0);
    const Curve& f = curve(c);
    const auto [a, b] = settings(c);
    share_out(c, hg_numel(&c.in(0)), [&, a = a, b = b](int64_t begin, int64_t end) {
      f.forward(x + begin, y + begin, end - begin, a, b);
    });
  }

  template <class T>
  static void backward(Call& c) {
    const float* dy = c.dout<float>(0);
    const float* kept = keeps == Keeps::x   ? c.in<float>(0)
                        : keeps == Keeps::y ? static_cast<const float*>(c.out<float>(0))
                                            : dy;
    float* dx = c.din<float>(0);
    const Curve& f = curve(c);
    const auto [a, b] = settings(c);
    share_out(c, hg_numel(&c.in(0)), [&, a = a, b = b](int64_t begin, int64_t end) {
      f.backward(kept + begin, dy + begin, dx + begin, end - begin, a, b);
    });
  }

  static void describe(Plugin& p, const char* op) {
    auto kernel = p.kernel<Unary, float>(op).may_alias({0}).priority(priority);
    if (keeps == Keeps::x) kernel.keep_in({0});
    if (keeps == Keeps::y) kernel.keep_out({0});
  }
};

/// The entry `member` of a table, whatever the call's attributes.
template <class Table, const Table& (*table)(), Curve Table::*member>
const Curve& entry(const Call&) {
  return table().*member;
}

}  // namespace hg::fastcpu
