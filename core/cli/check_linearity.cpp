// Is backward linear in dout?
//
// A gradient is a sum of paths, each of them dout times a slope, and so for any u, v
//
//     backward(2u - v/2) = 2 backward(u) - backward(v)/2
//
// with 2 and 1/2, which round nothing away. Unlike measured slopes this has no error of a
// step: what is not proportional, clipping for instance, shows in f32, too.
#include "cli/check_tests.hpp"

namespace hg::cli::check {

void test_linearity(const Subject& s, Log& log) {
  for_each_sample(s, log, "linearity", [&](const Arguments& a) {
    Trial trial(s, a);
    if (!trial.prepare() || !trial.wants_backward()) return;
    std::vector<Array> u, v, w;
    double unit = unit_of(s.dtype);  // or that of dout, if it is rougher
    for (size_t i = 0; i < trial.out.size(); ++i) {
      Array like = trial.out[i].read();
      Array& x = u.emplace_back(like.shape, like.dtype);
      Array& y = v.emplace_back(like.shape, like.dtype);
      Array& z = w.emplace_back(like.shape, like.dtype);
      if (!like.floating()) continue;
      unit = std::max(unit, unit_of(like.dtype));
      x = weights(like.shape, like.dtype, 11 + i);
      y = weights(like.shape, like.dtype, 23 + i);
      for (int64_t k = 0; k < x.size(); ++k) z.set(k, 2 * x[k] - y[k] / 2);
    }
    auto of_u = Trial::run(s, a, {.dout = u}), of_v = Trial::run(s, a, {.dout = v});
    auto of_w = Trial::run(s, a, {.dout = w});
    if (!of_u || !of_v || !of_w) return;
    log.checked();
    for (size_t i = 0; i < a.in.size(); ++i) {
      const Array &x = of_u->din[i], &y = of_v->din[i], &z = of_w->din[i];
      if (!z.given) continue;
      Array sum(x.shape, f64);
      for (int64_t k = 0; k < sum.size(); ++k) sum.set(k, 2 * x[k] - y[k] / 2);
      double room = 1000 * unit * (2 * x.largest() + y.largest() / 2);
      auto k = worst_difference(z, sum, room);
      if (!k) continue;
      log.finding("din of " + s.in_name(i) + " at " + z.index_text(*k) +
                  ": backward(2u - v/2) is " + number_text(z[*k]) +
                  ", 2 backward(u) - backward(v)/2 is " + number_text(sum[*k]));
      return;
    }
  });
}

}  // namespace hg::cli::check
