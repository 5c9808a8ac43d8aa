// softmax: turn each row of scores into a row of probabilities.
//
// Forward.  For one row x[0..K-1] along the axis `dim` (all other indices dropped):
//
//     y[k] = exp(x[k]) / sum_j exp(x[j])
//
//   exp(89) does not fit in a float. Adding a constant to a whole row of x cancels in the
//   fraction, so the row's maximum is subtracted first: the largest exponent becomes 0.
//
// Backward.  Given dy[j] = dL/dy[j]. Every y[j] depends on every x[k]:
//
//     dy[j]/dx[k] = y[j] * ((j == k) - y[k])
//
//   which is the quotient rule: raising x[k] raises the numerator of y[k], and the common
//   denominator of all. Sum the paths from x[k] to L:
//
//     dL/dx[k]    = sum_j dy[j] * y[j] * ((j == k) - y[k])
//                 = y[k] * (dy[k] - sum_j dy[j]*y[j])                        (*)
//
//   Check by thought: if all dy[j] are equal, (*) is 0. A row always sums to 1, so asking
//   all of it to grow gains nothing.
//
// Saved for backward: y. The scores are not needed again.
//
// A row that is -inf throughout has no largest score to subtract; it gives nan, as 0/0
// does.
#include <cmath>

#include "ops/along.hpp"
#include "ops/functions.hpp"
#include "ops/loss.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct Softmax {
  static void infer(Call& c) {
    c.axis(0, c.in(0));
    c.like(0, c.in(0));
  }

  template <class T>
  static void forward(Call& c) {
    const T* x = c.in<T>(0);
    T* y = c.out<T>(0);
    Along a(c.in(0), c.axis(0, c.in(0)));
    for (int64_t o = 0; o < a.outer; ++o) {
      for (int64_t i = 0; i < a.inner && a.n > 0; ++i) {
        T top = x[a.at(o, 0, i)];
        for (int64_t k = 1; k < a.n; ++k) top = std::max(top, x[a.at(o, k, i)]);
        T sum = 0;
        for (int64_t k = 0; k < a.n; ++k) {
          sum += y[a.at(o, k, i)] = std::exp(x[a.at(o, k, i)] - top);
        }
        for (int64_t k = 0; k < a.n; ++k) y[a.at(o, k, i)] /= sum;
      }
    }
  }

  template <class T>
  static void backward(Call& c) {
    const T *y = c.out<T>(0), *dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    Along a(c.in(0), c.axis(0, c.in(0)));
    for (int64_t o = 0; o < a.outer; ++o) {
      for (int64_t i = 0; i < a.inner; ++i) {
        T dot = 0;
        for (int64_t j = 0; j < a.n; ++j) dot += dy[a.at(o, j, i)] * y[a.at(o, j, i)];
        for (int64_t k = 0; k < a.n; ++k) {
          int64_t at = a.at(o, k, i);
          dx[at] = y[at] * (dy[at] - dot);                                          // (*)
        }
      }
    }
  }
};

}  // namespace

void describe_softmax(plugin::Plugin& p) {
  p.op<Softmax>("core.softmax")
      .doc("turns scores into probabilities along an axis")
      .formula("y[k] = exp(x[k]) / sum_j exp(x[j])")
      .in("input").out("output")
      .attr("dim", HG_INT, -1, "the axis whose elements sum to 1")
      .promote(HG_PROMOTE_FLOAT, {0})
      .sample("normal[3,4]")
      .sample("normal[2,5,3]", R"({"dim":1})")
      .sample("normal[6]", R"({"dim":0})");
  p.kernel<Softmax, float, double>("core.softmax").keep_out({0});
}

}  // namespace ops

static constinit const Op softmax_op("core.softmax");

Tensor Tensor::softmax(int64_t axis) const { return run(softmax_op, {this}, {axis}); }

}  // namespace hg
