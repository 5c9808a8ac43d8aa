// How far to go along a direction: a line search for the strong Wolfe conditions.
//
// Along the line x + t d the loss is a function of one number, f(t), with slope
// f'(t) = g . d. At t = 0 the slope is negative: d leads downhill. Wanted is a t with
//
//     f(t) <= f(0) + c1 t f'(0)     it pays: at least a share c1 of what the slope promised
//     |f'(t)| <= c2 |f'(0)|         the bottom is near: the slope is mostly gone
//
// With c1 = 1e-4 and c2 = 0.9 both ask for little. The second one also keeps y . s > 0,
// which L-BFGS needs.
//
// First the bracket: go out until there must be a good point behind, because f has risen or
// its slope has turned. Then the zoom: shrink the bracket around it. Both choose their next
// point where the cubic through two points, with their slopes, has its minimum.
//
// Source: Nocedal, Wright, Numerical optimization (2nd ed., 2006), algorithms 3.5 and 3.6;
// the safeguards are those of Mark Schmidt's minFunc, which PyTorch follows, too.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

/// A point of the line: how far out, loss, slope, and the gradient.
template <class T>
struct LinePoint {
  double t = 0, f = 0, slope = 0;
  std::vector<T> g;
};

/// The minimum, within [low, high], of the cubic with the values and slopes of a and b.
///
/// f(a), f(b) and the slopes a', b' determine it. Its derivative is a quadratic;
/// of its two roots, the one where the second derivative is positive is
///
///     t = b - (b - a) (b' + r - q) / (b' - a' + 2r),
///     q = a' + b' - 3 (f(a) - f(b)) / (a - b),   r = sqrt(q^2 - a' b').
///
/// Without a root the cubic has no minimum, and the middle of the interval has to do.
template <class T>
double cubic_minimum(const LinePoint<T>& a, const LinePoint<T>& b, double low,
                     double high) {
  if (a.t > b.t) return cubic_minimum(b, a, low, high);
  double q = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t);
  double square = q * q - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  double r = std::sqrt(square);
  double t = b.t - (b.t - a.t) * ((b.slope + r - q) / (b.slope - a.slope + 2 * r));
  return std::min(std::max(t, low), high);
}

/// The point that was found, or the best one when `at` may not be asked more than about
/// `most` times. at(t) gives the point at t; `reach` is the largest element of |d|.
template <class T, class At>
LinePoint<T> strong_wolfe(const At& at, LinePoint<T> start, double t, double reach,
                          int64_t most) {
  constexpr double c1 = 1e-4, c2 = 0.9, smallest_change = 1e-9;
  auto pays = [&](const LinePoint<T>& p) {
    return !(p.f > start.f + c1 * p.t * start.slope);
  };
  auto flat = [&](const LinePoint<T>& p) { return std::abs(p.slope) <= -c2 * start.slope; };

  // The bracket.
  LinePoint<T> bracket[2], last = start, now = at(t);
  int64_t tries = 0;
  for (; tries < most; ++tries) {
    if (!pays(now) || (tries > 1 && now.f >= last.f)) break;
    if (flat(now)) return now;
    if (now.slope >= 0) break;
    t = cubic_minimum(last, now, now.t + 0.01 * (now.t - last.t), 10 * now.t);
    last = std::move(now);
    now = at(t);
  }
  bracket[0] = tries == most ? start : std::move(last);
  bracket[1] = std::move(now);

  // The zoom. bracket[low] is the better end.
  int low = bracket[0].f <= bracket[1].f ? 0 : 1;
  bool slow = false;  // the last point was close to an end
  for (; tries < most; ++tries) {
    auto [left, right] = std::minmax({bracket[0].t, bracket[1].t});
    double width = right - left;
    if (width * reach < smallest_change) break;
    t = cubic_minimum(bracket[0], bracket[1], left, right);
    // A point close to an end shrinks the bracket too little. Once is forgiven, if it is
    // not the end itself; then it is moved away by a tenth of the bracket.
    bool close = std::min(right - t, t - left) < 0.1 * width;
    if (close && (slow || t >= right || t <= left)) {
      t = right - t < t - left ? right - 0.1 * width : left + 0.1 * width;
      slow = false;
    } else {
      slow = close;
    }
    now = at(t);
    if (!pays(now) || now.f >= bracket[low].f) {
      bracket[1 - low] = std::move(now);
      low = bracket[0].f <= bracket[1].f ? 0 : 1;
      continue;
    }
    if (flat(now)) return now;
    if (now.slope * (bracket[1 - low].t - bracket[low].t) >= 0) {
      bracket[1 - low] = std::move(bracket[low]);  // downhill is the other way
    }
    bracket[low] = std::move(now);
  }
  return std::move(bracket[low]);
}
