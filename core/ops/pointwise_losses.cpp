// mse_loss, l1_loss, huber_loss, smooth_l1_loss: how far a guess x is from a target t, for
// each element. With the miss d = x - t:
//
// mse_loss      l = d^2                             dl/dx = 2 d
// l1_loss       l = |d|                             dl/dx = sign(d)
//
//   The square punishes one large miss more than many small ones and has a slope that fades
//   as the miss does. The absolute value treats all misses alike, so outliers pull less,
//   but its slope jumps at 0, where 0 is taken.
//
// huber_loss    a parabola that goes on as its tangent:
//               l = d^2/2                 if |d| <= delta
//               l = delta (|d| - delta/2) beyond
//               dl/dx = d, but no less than -delta and no more than delta
// smooth_l1     huber divided by delta (there called beta); beta = 0 is l1
//
//   Both pieces of huber meet at |d| = delta in value, delta^2/2, and in slope, delta.
//
// All depend on x - t alone, so dl/dt = -dl/dx. The mean divides by the number of elements.
//
// Check by thought: each is 0 where the guess equals the target, and there the slope is 0.
//
// Saved for backward: x and t.
#include "nn/functional.hpp"
#include "ops/pointwise_loss.hpp"
#include "tensor/strides.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

template <class T>
T sign_of(T d) { return T((d > 0) - (d < 0)); }

struct Squared : PairFormula {
  using PairFormula::PairFormula;
  template <class T> static T y(T x, T t, int64_t) { return (x - t) * (x - t); }
  template <class T> static T dx(T x, T t, int64_t) { return 2 * (x - t); }
  template <class T> static T dt(T x, T t, int64_t) { return 2 * (t - x); }
};

struct Absolute : PairFormula {
  using PairFormula::PairFormula;
  template <class T> static T y(T x, T t, int64_t) { return std::abs(x - t); }
  template <class T> static T dx(T x, T t, int64_t) { return sign_of(x - t); }
  template <class T> static T dt(T x, T t, int64_t) { return sign_of(t - x); }
};

struct Huber : PairFormula {
  double delta;
  explicit Huber(const Call& c) : PairFormula(c), delta(c.attr(1).number()) {}
  template <class T> T y(T x, T t, int64_t) const {
    const T d = std::abs(x - t), e = T(delta);
    return d <= e ? d * d / 2 : e * (d - e / 2);
  }
  template <class T> T dx(T x, T t, int64_t) const {
    return std::clamp(x - t, T(-delta), T(delta));
  }
  template <class T> T dt(T x, T t, int64_t i) const { return -dx(x, t, i); }
};

struct SmoothL1 : PairFormula {
  double beta;
  explicit SmoothL1(const Call& c) : PairFormula(c), beta(c.attr(1).number()) {}
  template <class T> T y(T x, T t, int64_t) const {
    const T d = std::abs(x - t), b = T(beta);
    return d < b ? d * d / (2 * b) : d - b / 2;
  }
  template <class T> T dx(T x, T t, int64_t) const {
    const T d = x - t, b = T(beta);
    return b > 0 ? std::clamp(d / b, T(-1), T(1)) : sign_of(d);
  }
  template <class T> T dt(T x, T t, int64_t i) const { return -dx(x, t, i); }
};

}  // namespace

std::pair<Tensor, Tensor> matched(const char* loss, const Tensor& x, const Tensor& t) {
  if (x.shape() == t.shape()) return {x, t};
  const Shape both = broadcast_shapes(loss, x.shape(), t.shape());
  std::string text = std::string(loss) + ": input is " + x.shape().to_string() +
                     ", target is " + t.shape().to_string() +
                     ": they are broadcast, which is seldom meant; reshape one of them";
  host_table()->log(host_table(), HG_WARNING, text.c_str());
  return {x.expand(both), t.expand(both)};
}

void describe_pointwise_losses(plugin::Plugin& p) {
  describe_loss<Squared>(p, "core.mse_loss", "mean squared error", "l = (x - t)^2")
      .sample("normal[3,4] normal[3,4]")
      .sample("normal[5] normal[5]", R"({"reduction":"none"})")
      .sample("normal[2,3] normal[2,3]", R"({"reduction":"sum"})");
  describe_loss<Absolute>(p, "core.l1_loss", "mean absolute error", "l = |x - t|")
      .sample("distinct[3,4] normal[3,4]")
      .sample("distinct[5] normal[5]", R"({"reduction":"none"})");
  describe_loss<Huber>(p, "core.huber_loss", "a parabola with straight arms",
                       "l = d^2/2 if |d| <= delta else delta*(|d| - delta/2), d = x - t")
      .attr("delta", HG_FLOAT, 1.0, "where the arms begin", 1e-30)
      .sample("normal[4,5] normal[4,5]")
      .sample("normal[7] normal[7]", R"({"reduction":"sum","delta":0.3})");
  describe_loss<SmoothL1>(p, "core.smooth_l1_loss", "l1 with a rounded tip",
                          "l = d^2/(2 beta) if |d| < beta else |d| - beta/2, d = x - t")
      .attr("beta", HG_FLOAT, 1.0, "where the arms begin", 0.0)
      .sample("normal[4,5] normal[4,5]")
      .sample("normal[7] normal[7]", R"({"reduction":"none","beta":0.5})");
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace nn::functional {

Tensor mse_loss(const Tensor& input, const Tensor& target, const std::string& reduction) {
  static constinit const Op op("core.mse_loss");
  auto [x, t] = ops::matched("mse_loss", input, target);
  return run(op, {&x, &t}, {reduction});
}

Tensor l1_loss(const Tensor& input, const Tensor& target, const std::string& reduction) {
  static constinit const Op op("core.l1_loss");
  auto [x, t] = ops::matched("l1_loss", input, target);
  return run(op, {&x, &t}, {reduction});
}

Tensor huber_loss(const Tensor& input, const Tensor& target, const std::string& reduction,
                  double delta) {
  static constinit const Op op("core.huber_loss");
  auto [x, t] = ops::matched("huber_loss", input, target);
  return run(op, {&x, &t}, {reduction, delta});
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const std::string& reduction, double beta) {
  static constinit const Op op("core.smooth_l1_loss");
  auto [x, t] = ops::matched("smooth_l1_loss", input, target);
  return run(op, {&x, &t}, {reduction, beta});
}

}  // namespace nn::functional
}  // namespace hg
