// cosine_similarity: the cosine of the angle between two vectors: 1 if they point the same
// way, 0 if they are at right angles, -1 if they are opposed. Their lengths have no say.
//
// Forward.  a and b are vectors along the axis `dim`, of K numbers each (all other indices
// dropped). With lengths A = max(|a|, eps), B = max(|b|, eps), so that a vector of zeros
// has cosine 0 with all:
//
//     y = sum_k a[k]*b[k] / (A*B)
//
// Backward.  a[k] enters the sum, and the length: dA/da[k] = a[k]/A, or 0 where eps stands
// for the length. By the quotient rule:
//
//     dL/da[k] = dy * (b[k]/(A*B) - y/A * dA/da[k])
//              = dy * (b[k]/B - y * a[k]/A) / A          where |a| > eps
//              = dy * b[k]/(A*B)                         elsewhere              (*)
//
//   and b likewise. Check by thought: in the middle line, b/B - y a/A is what is left of
//   the direction of b when its share along a is taken away, so it is at right angles to a.
//   Moving a along itself changes its length and not the angle, and gets no gradient. The
//   factor 1/A says that a long vector is harder to turn.
//
// Saved for backward: a and b. Sums are made in double precision, so that squares of f32
// neither overflow nor vanish.
//
// PyTorch lets the length's slope through even where eps stands for it; (*) does not, as
// the derivative of what was computed.
#include <cmath>

#include "nn/functional.hpp"
#include "ops/along.hpp"
#include "ops/loss.hpp"
#include "tensor/strides.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

struct CosineSimilarity {
  static void infer(Call& c) {
    const hg_tensor &a = c.in(0), &b = c.in(1);
    require(is_floating(a), "the vectors are of type ", plugin::type_text(a),
            "; a cosine is of fractions\n  hint: a.to(f32)");
    require(same_shape(a, b), "x1 is ", plugin::shape_text(a), ", x2 is ",
            plugin::shape_text(b), ": they must agree");
    const int dim = c.axis(0, a);
    c.like(0, a);
    hg_tensor& y = c.out(0);
    for (int d = dim; d + 1 < a.ndim; ++d) y.shape[d] = a.shape[d + 1];
    if (a.ndim > 0) y.ndim = a.ndim - 1;
  }

  // Of the vectors that start at a and b, with elements `step` apart.
  struct Angle {
    double ab = 0, aa = 0, bb = 0;  // sums of products
    double A, B;
    template <class T>
    Angle(const T* a, const T* b, int64_t K, int64_t step, double eps) {
      for (int64_t k = 0; k < K; ++k) {
        const double ak = double(a[k * step]), bk = double(b[k * step]);
        ab += ak * bk;
        aa += ak * ak;
        bb += bk * bk;
      }
      A = std::max(std::sqrt(aa), eps);
      B = std::max(std::sqrt(bb), eps);
    }
    double cosine() const { return ab / (A * B); }
  };

  // Calls body(first, place) for each pair of vectors: where it starts, and its place in y.
  template <class Body>
  static void each(const Along& v, const Body& body) {
    for (int64_t o = 0; o < v.outer; ++o) {
      for (int64_t i = 0; i < v.inner; ++i) body(v.at(o, 0, i), o * v.inner + i);
    }
  }

  template <class T>
  static void forward(Call& c) {
    const T *a = c.in<T>(0), *b = c.in<T>(1);
    T* y = c.out<T>(0);
    const double eps = c.attr(1).number();
    const Along v(c.in(0), c.axis(0, c.in(0)));
    each(v, [&](int64_t at, int64_t place) {
      y[place] = T(Angle(a + at, b + at, v.n, v.inner, eps).cosine());
    });
  }

  template <class T>
  static void backward(Call& c) {
    const T *a = c.in<T>(0), *b = c.in<T>(1), *dy = c.dout<T>(0);
    T *da = c.din<T>(0), *db = c.din<T>(1);
    const double eps = c.attr(1).number();
    const Along v(c.in(0), c.axis(0, c.in(0)));
    each(v, [&](int64_t at, int64_t place) {
      const Angle angle(a + at, b + at, v.n, v.inner, eps);
      const double A = angle.A, B = angle.B, g = double(dy[place]);
      // y where the length may change, 0 where it is eps
      const double ya = A > eps ? angle.cosine() : 0, yb = B > eps ? angle.cosine() : 0;
      for (int64_t k = 0; k < v.n; ++k) {
        const int64_t i = at + k * v.inner;
        const double ak = double(a[i]) / A, bk = double(b[i]) / B;
        if (da) da[i] = T(g * (bk - ya * ak) / A);  // (*)
        if (db) db[i] = T(g * (ak - yb * bk) / B);
      }
    });
  }
};

}  // namespace

void describe_cosine_similarity(plugin::Plugin& p) {
  p.op<CosineSimilarity>("core.cosine_similarity")
      .doc("the cosine of the angle between two vectors")
      .formula("y = sum_k a[k]*b[k] / (max(|a|,eps) * max(|b|,eps))")
      .in("x1", "a").in("x2", "b, of the same shape").out("output")
      .attr("dim", HG_INT, 1, "the axis along which the vectors lie")
      .attr("eps", HG_FLOAT, 1e-8, "a length is no less than this", 0.0)
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("normal[3,4] normal[3,4]")
      .sample("normal[2,3,4] normal[2,3,4]", R"({"dim":-1})")
      .sample("normal[5,2] normal[5,2]", R"({"dim":0})")
      .sample("normal[4] normal[4]", R"({"dim":0,"eps":100})");
  p.kernel<CosineSimilarity, float, double>("core.cosine_similarity").keep_in({0, 1});
}

}  // namespace ops

Tensor nn::functional::cosine_similarity(const Tensor& a, const Tensor& b, int64_t axis,
                                         double eps) {
  static constinit const Op op("core.cosine_similarity");
  const Shape both = broadcast_shapes("cosine_similarity", a.shape(), b.shape());
  Tensor x1 = a.expand(both), x2 = b.expand(both);
  return run(op, {&x1, &x2}, {axis, eps});
}

}  // namespace hg
