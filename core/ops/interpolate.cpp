// interpolate: a grid of another size, its numbers taken from the places around.
//
// Forward.  Each axis is done by itself. Along one with n places that becomes one with
// `size`, place o of y lies at the coordinate u of x. Numbers are seen as squares side by
// side, so the edges of both grids meet, and centres are half a place away from them:
//
//     u = scale (o + 1/2) - 1/2          scale = n/size, or 1/scale_factor if that is given
//     u = o (n-1)/(size-1)               with align_corners: the outermost centres meet
//
//   Then y[o] = sum_t w[t] x[i[t]], where the places i and weights w are, with k = floor(u)
//   and f = u - k,
//
//     nearest         the place  floor(scale o)
//     nearest-exact   the place  floor(u + 1/2)
//     linear          k, k+1     weights 1-f, f       (u not below 0; o itself if size = n)
//     cubic           k-1 ... k+2, weights c(1+f), c(f), c(1-f), c(2-f) with
//
//         c(d) = (a+2) d^3 - (a+3) d^2 + 1               for d <= 1        a = -3/4
//                a d^3 - 5a d^2 + 8a d - 4a              for d <= 2
//
//   Places outside x stand for the nearest one inside. (Keys: Cubic convolution
//   interpolation for digital image processing, IEEE Trans. ASSP 29, 1981.) With several
//   axes there is a term for every combination of their places, and its weight is the
//   product of theirs: four for bilinear, sixteen for bicubic.
//
//   "area" is the mean over the places that y[o] covers: adaptive_avg_pool.
//
// Backward.  y is a sum with weights that do not depend on x:
//
//     dL/dx[i] = sum over o and t with i[o,t] == i of w[o,t] dy[o]            (*)
//
//   Check by thought: weights of one o add up to 1 in each mode, c(1+f) + c(f) + c(1-f) +
//   c(2-f) = 1 included. So an image of one colour stays one, and dx has the sum of dy.
//
// Saved for backward: nothing.
#include <cmath>

#include "nn/functional.hpp"
#include "ops/ops.hpp"
#include "tensor/impl.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

enum Attribute { size, scale_factor, mode, align_corners };

// A place of x that a place of y is made of, and how much it counts.
struct Term {
  int64_t place;
  double weight;
};

// An axis with n places that becomes one with `size`; terms of place o: [o*width, ...).
struct Axis {
  int64_t n = 1, size = 1;
  int width = 1;
  const Term* terms = nullptr;
};

// c(d), how a number counts at a distance of d places.
double cubic(double d) {
  const double a = -0.75;
  return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1
                : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
}

struct Interpolate {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    const std::string_view m = c.attr(mode).string();
    require(x.ndim >= 3 && x.ndim <= 5, "input is ", shape_text(x),
            ": it must be (N,C,L), (N,C,H,W) or (N,C,D,H,W)");
    const int axes = x.ndim - 2;
    const int wanted = m == "linear"                     ? 1
                     : m == "trilinear"                  ? 3
                     : m == "bilinear" || m == "bicubic" ? 2
                                                         : axes;
    require(axes == wanted, "input is ", shape_text(x), ", and mode '", m,
            "' is for grids with ", wanted, wanted == 1 ? " axis" : " axes");
    const bool nearest = m.starts_with("nearest");
    require(!nearest || !c.attr(align_corners).given(),
            "align_corners is given, and mode '", m, "' has no use for it");
    require(nearest || is_floating(x), "input is of type ", plugin::type_text(x),
            "; mode '", m, "' needs floating-point numbers");
    const size_t sizes = c.attr(size).integers().size();
    const size_t factors = c.attr(scale_factor).numbers().size();
    require((sizes > 0) != (factors > 0), "it takes size or scale_factor, and ",
            sizes > 0 ? "both are given" : "none is");
    const size_t given = sizes + factors;
    require(given == 1 || given == size_t(axes), sizes > 0 ? "size" : "scale_factor",
            " has ", given, " numbers; it takes one, or one for each of ", axes, " axes");
    c.like(0, x);
    for (int d = 1; d < x.ndim; ++d) {
      require(x.shape[d] > 0, "input is ", shape_text(x), ": axis ", d,
              " is empty, and only N may be 0");
    }
    for (int d = 0; d < axes; ++d) c.out(0).shape[2 + d] = new_size(c, d, x.shape[2 + d]);
    shape_of(c.out(0)).numel();  // throws if they are more than can be counted
  }

  template <class T>
  static void forward(Call& c) {
    const Grid g(c, c.in(0), c.out(0));
    for (int64_t n = 0; n < g.count; ++n) {
      const T* x = c.in<T>(0) + n * g.places_before();
      T* y = c.out<T>(0) + n * g.places_after();
      g.each([&](int64_t o, const auto& each_term) {
        double sum = 0;
        each_term([&](int64_t i, double w) { sum += w * double(x[i]); });
        y[o] = T(sum);
      });
    }
  }

  template <class T>
  static void backward(Call& c) {
    const Grid g(c, c.din(0), c.dout(0));
    std::fill_n(c.din<T>(0), hg_numel(&c.din(0)), T(0));
    for (int64_t n = 0; n < g.count; ++n) {
      const T* dy = c.dout<T>(0) + n * g.places_after();
      T* dx = c.din<T>(0) + n * g.places_before();
      g.each([&](int64_t o, const auto& each_term) {
        each_term(
            [&](int64_t i, double w) { dx[i] = T(dx[i] + w * double(dy[o])); });  // (*)
      });
    }
  }

 private:
  // The new size of grid axis d, which has n places.
  static int64_t new_size(const Call& c, int d, int64_t n) {
    auto sizes = c.attr(size).integers();
    if (!sizes.empty()) return sizes[sizes.size() == 1 ? 0 : size_t(d)];
    const double factor = factor_of(c, d), result = double(n) * factor;
    require(factor > 0 && result >= 1 && result < 0x1p48, "scale_factor is ", factor,
            ", and makes ", result, " places of ", n);
    return int64_t(result);
  }
  // The factor given for grid axis d, or 0.
  static double factor_of(const Call& c, int d) {
    auto factors = c.attr(scale_factor).numbers();
    return factors.empty() ? 0 : factors[factors.size() == 1 ? 0 : size_t(d)];
  }

  // The terms of each place along grid axis d.
  static Axis axis(const Call& c, int d, int64_t n, int64_t size) {
    const std::string_view m = c.attr(mode).string();
    const bool nearest = m.starts_with("nearest"), exact = m == "nearest-exact";
    const bool is_cubic = m == "bicubic", corners = c.attr(align_corners).flag();
    const double factor = factor_of(c, d);
    const double scale = !corners ? factor > 0 ? 1 / factor : double(n) / double(size)
                       : size > 1 ? double(n - 1) / double(size - 1)
                                  : 0;
    auto inside = [n](int64_t i) { return std::clamp<int64_t>(i, 0, n - 1); };
    Axis a{n, size, nearest ? 1 : is_cubic ? 4 : 2, nullptr};
    Term* t = c.scratch<Term>(size * a.width);
    a.terms = t;
    for (int64_t o = 0; o < size; ++o, t += a.width) {
      if (nearest) {
        t[0] = {std::min(nearest_place(o, n, size, factor, exact), n - 1), 1};
        continue;
      }
      double u = corners ? scale * double(o) : scale * (double(o) + 0.5) - 0.5;
      if (!is_cubic) u = size == n ? double(o) : std::max(u, 0.0);
      const double k = std::min(std::floor(u), double(n - 1));
      const double f = std::min(u - k, 1.0);
      const auto i = int64_t(k);
      if (is_cubic) {
        t[0] = {inside(i - 1), cubic(1 + f)};
        t[1] = {inside(i), cubic(f)};
        t[2] = {inside(i + 1), cubic(1 - f)};
        t[3] = {inside(i + 2), cubic(2 - f)};
      } else {
        t[0] = {i, 1 - f};
        t[1] = {inside(i + 1), f};
      }
    }
    return a;
  }
  // Half-way between two places rounding decides, so that it is done in float and with one
  // rounding for product and sum: this is how PyTorch chooses.
  static int64_t nearest_place(int64_t o, int64_t n, int64_t size, double factor,
                               bool exact) {
    const float scale = factor > 0 ? float(1 / factor) : float(n) / float(size);
    if (!exact) return int64_t(std::floor(float(o) * scale));
    const float u = std::fma(scale, float(o) + 0.5f, -0.5f);
    return int64_t(std::floor(std::max(u, 0.0f) + 0.5f));
  }

  // The grids of a call, one for each channel of each sample; axes that there are not have
  // one place.
  struct Grid {
    int64_t count = 1;
    Axis axes[3];

    Grid(const Call& c, const hg_tensor& x, const hg_tensor& y)
        : count(x.shape[0] * x.shape[1]) {
      auto* whole = c.scratch<Term>(1);
      *whole = {0, 1};
      for (Axis& a : axes) a.terms = whole;
      for (int d = 2; d < x.ndim; ++d) {
        axes[3 - x.ndim + d] = axis(c, d - 2, x.shape[d], y.shape[d]);
      }
    }
    int64_t places_before() const { return axes[0].n * axes[1].n * axes[2].n; }
    int64_t places_after() const { return axes[0].size * axes[1].size * axes[2].size; }

    // Calls f(o, each_term) for each place of y; each_term(g) calls g(i, w) for its terms.
    template <class F>
    void each(const F& f) const {
      const auto& [d, h, w] = axes;
      int64_t o = 0;
      for (int64_t z = 0; z < d.size; ++z) {
        for (int64_t y = 0; y < h.size; ++y) {
          for (int64_t x = 0; x < w.size; ++x) {
            f(o++, [&](const auto& g) {
              for (int i = 0; i < d.width; ++i) {
                const Term& p = d.terms[z * d.width + i];
                for (int j = 0; j < h.width; ++j) {
                  const Term& q = h.terms[y * h.width + j];
                  const int64_t row = (p.place * h.n + q.place) * w.n;
                  for (int k = 0; k < w.width; ++k) {
                    const Term& r = w.terms[x * w.width + k];
                    g(row + r.place, p.weight * q.weight * r.weight);
                  }
                }
              }
            });
          }
        }
      }
    }
  };
};

}  // namespace

void describe_interpolate(plugin::Plugin& p) {
  p.op<Interpolate>("core.interpolate")
      .doc("a grid of another size, its numbers taken from the places around")
      .formula("y[o] = sum_t w[o,t] x[i[o,t]]")
      .in("input", "x: (N,C,L), (N,C,H,W) or (N,C,D,H,W)")
      .out("output")
      .attr("size", HG_INTS, {}, "the new sizes", 1, int64_t(1) << 48)
      .attr("scale_factor", HG_FLOATS, {}, "or how many times the old ones they are")
      .choice("mode", "nearest", "nearest|nearest-exact|linear|bilinear|trilinear|bicubic")
      .attr("align_corners", HG_BOOL, {}, "the outermost values stay in the corners")
      .sample("normal[2,3,4]", R"({"size":[7]})")
      .sample("normal[2,1,3,4]", R"({"scale_factor":[2.0,0.5],"mode":"nearest-exact"})")
      .sample("normal[1,2,5]", R"({"size":[8],"mode":"linear"})")
      .sample("normal[1,2,3,5]", R"({"scale_factor":[1.7],"mode":"bilinear"})")
      .sample("normal[2,1,3,5]", R"({"size":[5,2],"mode":"bilinear","align_corners":true})")
      .sample("normal[1,1,3,2,4]", R"({"size":[2,4,3],"mode":"trilinear"})")
      .sample("normal[1,2,4,5]", R"({"size":[7,3],"mode":"bicubic"})");
  p.kernel<Interpolate, float, double, uint8_t>("core.interpolate");
}

}  // namespace ops

// Mode "area": of places that are covered in part each counts whole, as in a pool.
static Tensor area(const Tensor& x, const nn::PerAxis& size,
                   const std::vector<double>& scale_factor,
                   std::optional<bool> align_corners) {
  using namespace nn::functional;
  const int axes = x.dim() - 2;
  const size_t factors = scale_factor.size();
  std::string problem;
  if (axes < 1 || axes > 3) {
    problem = "input is " + x.shape().to_string() +
              ": it must be (N,C,L), (N,C,H,W) or (N,C,D,H,W)";
  } else if (align_corners) {
    problem = "align_corners is given, and mode 'area' has no use for it";
  } else if (size.given() == (factors > 0)) {
    problem = std::string("it takes size or scale_factor, and ") +
              (size.given() ? "both are given" : "none is");
  } else if (factors > 1 && factors != size_t(axes)) {
    problem = "scale_factor has " + std::to_string(factors) +
              " numbers; it takes one, or one for each of " + std::to_string(axes) +
              " axes";
  }
  if (!problem.empty()) throw Error("interpolate", problem);
  Shape sizes = size.values();
  for (int d = 0; d < axes && factors > 0; ++d) {
    const double factor = scale_factor[factors == 1 ? 0 : size_t(d)];
    const double result = double(x.size(2 + d)) * factor;
    if (!(result >= 1 && result < 0x1p31)) {
      throw Error("interpolate", "scale_factor is " + plugin::text(factor) +
                                     ", and makes " + plugin::text(result) + " places of " +
                                     std::to_string(x.size(2 + d)));
    }
    sizes.push_back(int64_t(result));
  }
  auto pool = axes == 1 ? adaptive_avg_pool1d
            : axes == 2 ? adaptive_avg_pool2d
                        : adaptive_avg_pool3d;
  return pool(x, sizes);
}

Tensor nn::functional::interpolate(const Tensor& x, const PerAxis& size,
                                   const std::vector<double>& scale_factor,
                                   const std::string& mode,
                                   std::optional<bool> align_corners) {
  if (mode == "area") return area(x, size, scale_factor, align_corners);
  static constinit const Op op("core.interpolate");
  return run(op, {&x},
             {size.values(), std::span<const double>(scale_factor), mode, align_corners});
}

}  // namespace hg
