// lbfgs: Newton's method with a short memory.
//
// Newton divides the gradient by the curvature: with H the inverse of the matrix of second
// derivatives, the step d = -H g lands in the minimum of a quadratic bowl at once. For n
// weights H has n^2 numbers. L-BFGS never writes it down. It keeps the last few steps s and
// by how much the gradient changed over each, y, and with them computes H g.
//
// A step of the memory. Along s the curvature has been seen: y = (second derivatives) s. So
// the new H must take y back to s, and otherwise change as little as possible (BFGS):
//
//     H' = (I - r s y^T) H (I - r y s^T) + r s s^T,     r = 1 / (y . s)
//
//   Check: H' y = (I - r s y^T) H (y - r y (s.y)) + r s (s.y) = 0 + s.
//
// H' g from it, without a matrix. Let a = r (s . g). From the right:
//
//     q   = (I - r y s^T) g = g - a y
//     z   = H q                                     the same again, with the pair before
//     H'g = (I - r s y^T) z + r s (s . g) = z + s (a - r (y . z))
//
//   So one goes through the pairs twice: from the newest to the oldest, subtracting a y
//   each time, then back, adding s (a - b) with b = r (y . z). Between the two stands the H
//   from before all pairs, a multiple of the identity: (s . y)/(y . y) of the newest pair,
//   the inverse curvature that was seen last. For m pairs that makes 4 m n products.
//
// A pair with y . s <= 1e-10 is left out: there the loss does not curve upwards, and with
// it -H g might not lead downhill.
//
// One step() does up to max_iter such iterations, and calls the closure for the loss and
// the gradient at each. How far it goes along d: lr, or what the line search of
// strong_wolfe.hpp finds, starting from lr. Before anything is known (the very first
// iteration) d = -g, and the first try is min(1, 1/sum |g|) * lr. It ends early when the
// gradient, the step or the gain is small, or after max_eval calls of the closure.
//
// The loss must be the same at every call: the whole data set, or one batch for all of
// step(). All parameters are one vector here, of n elements, and so are the slots, which
// makes this the optimizer for small problems: they hold 2 * history_size * n numbers.
//
// Source: Nocedal, Updating quasi-Newton matrices with limited storage (Mathematics of
// Computation 1980); Liu, Nocedal, On the limited memory BFGS method (1989). Names,
// defaults and rules for ending as in PyTorch's LBFGS.
#include <string_view>

#include "optim.hpp"
#include "strong_wolfe.hpp"

namespace {

using namespace hg::plugin;

enum Hyper {
  lr,
  max_iter,
  max_eval,
  tolerance_grad,
  tolerance_change,
  history_size,
  line_search_fn,
  maximize
};
enum Slot {
  direction,
  step_length,
  old_dirs,
  old_stps,
  ro,
  H_diag,
  prev_flat_grad,
  pairs,
  n_iter,
  func_evals
};

template <class T>
class Lbfgs {
 public:
  explicit Lbfgs(const Call& c)
      : c_(c),
        sign_(c.attr(maximize).flag() ? T(-1) : T(1)),
        d_(c.saved<T>(direction)),
        Y_(c.saved<T>(old_dirs)),
        S_(c.saved<T>(old_stps)),
        before_(c.saved<T>(prev_flat_grad)) {
    for (uint32_t i = 0; i < c.n_in(); ++i) n_ += hg_numel(&c.in(i));
    x_.resize(size_t(n_));
  }

  void step() {
    const int64_t iterations = c_.attr(max_iter).integer();
    const int64_t evaluations =
        c_.attr(max_eval).given() ? c_.attr(max_eval).integer() : iterations * 5 / 4;
    const double smallest = c_.attr(tolerance_change).number();
    LinePoint<T> here = evaluate();
    if (is_flat(here.g)) return;

    for (int64_t k = 1;; ++k) {
      if (number(n_iter)++ == 0)
        begin(here.g);
      else
        learn(here.g);
      std::copy(here.g.begin(), here.g.end(), before_);
      here.t = 0;
      here.slope = dot(here.g, d_);
      double& t = number(step_length);
      t = c_.attr(lr).number();
      if (number(n_iter) == 1) t *= std::min(1.0, 1 / sum_of_sizes(here.g));
      if (here.slope > -smallest) return;

      const double loss = here.f;
      remember_parameters();
      if (c_.attr(line_search_fn).string() == "strong_wolfe") {
        here = strong_wolfe([&](double far) { return at(far); }, here, t, reach(),
                            evaluations - calls_);
        t = here.t;
        move(t);
      } else {
        move(t);
        if (k < iterations) here = evaluate();
      }
      if (k >= iterations || calls_ >= evaluations || is_flat(here.g)) return;
      if (std::abs(t) * reach() <= smallest) return;
      if (std::abs(here.f - loss) < smallest) return;
    }
  }

 private:
  double& number(Slot slot) { return *c_.saved<double>(slot); }

  // ---- the direction
  void begin(const std::vector<T>& g) {
    for (int64_t i = 0; i < n_; ++i) d_[i] = -g[size_t(i)];
    number(pairs) = 0;
    number(H_diag) = 1;
  }

  // Where pair k, counted from the first there ever was, lies: the oldest gives way.
  int64_t place(int64_t k) const { return k % c_.attr(history_size).integer(); }

  // Keeps what the last step taught, then d = -H g.
  void learn(const std::vector<T>& g) {
    double* r = c_.saved<double>(ro);
    int64_t newest = int64_t(number(pairs)), row = place(newest);
    std::vector<T> y(g), s(d_, d_ + n_);
    for (int64_t i = 0; i < n_; ++i) {
      y[size_t(i)] -= before_[i];
      s[size_t(i)] *= T(number(step_length));
    }
    double ys = dot(y, s.data());
    if (ys > 1e-10) {
      std::copy(y.begin(), y.end(), Y_ + row * n_);
      std::copy(s.begin(), s.end(), S_ + row * n_);
      r[row] = 1 / ys;
      number(H_diag) = ys / dot(y, y.data());
      number(pairs) = double(++newest);
    }

    int64_t oldest = std::max<int64_t>(0, newest - c_.attr(history_size).integer());
    std::vector<double> a(size_t(newest - oldest));
    std::vector<T> q(g);
    for (T& x : q) x = -x;
    for (int64_t k = newest; k-- > oldest;) {
      row = place(k);
      double ak = a[size_t(k - oldest)] = r[row] * dot(q, S_ + row * n_);
      for (int64_t i = 0; i < n_; ++i) q[size_t(i)] -= T(ak) * Y_[row * n_ + i];
    }
    for (T& x : q) x *= T(number(H_diag));
    for (int64_t k = oldest; k < newest; ++k) {
      row = place(k);
      T by = T(a[size_t(k - oldest)] - r[row] * dot(q, Y_ + row * n_));
      for (int64_t i = 0; i < n_; ++i) q[size_t(i)] += by * S_[row * n_ + i];
    }
    std::copy(q.begin(), q.end(), d_);
  }

  // ---- the loss
  // Loss and gradient where the parameters are now.
  LinePoint<T> evaluate() {
    LinePoint<T> p;
    p.f = sign_ * c_.closure();
    ++calls_;
    ++number(func_evals);
    p.g.reserve(size_t(n_));
    for (uint32_t i = 0; i < c_.n_in(); ++i) {
      const T* g = c_.dout<T>(i);
      for (int64_t k = 0, n = hg_numel(&c_.in(i)); k < n; ++k) p.g.push_back(sign_ * g[k]);
    }
    return p;
  }
  // The same at x + t d.
  LinePoint<T> at(double t) {
    move(t);
    LinePoint<T> p = evaluate();
    p.t = t;
    p.slope = dot(p.g, d_);
    return p;
  }
  // The parameters, one after the other: visit(element, its place in the vector).
  template <class F>
  void each(const F& visit) const {
    int64_t k = 0;
    for (uint32_t i = 0; i < c_.n_in(); ++i) {
      T* p = c_.inout<T>(i);
      for (int64_t j = 0, n = hg_numel(&c_.in(i)); j < n; ++j) visit(p[j], k++);
    }
  }
  void remember_parameters() {
    each([&](T p, int64_t k) { x_[size_t(k)] = p; });
  }
  void move(double t) {
    each([&](T& p, int64_t k) { p = x_[size_t(k)] + T(t) * d_[k]; });
  }

  // ---- sums over all elements, in double precision
  double dot(const std::vector<T>& a, const T* b) const {
    double sum = 0;
    for (int64_t i = 0; i < n_; ++i) sum += double(a[size_t(i)]) * double(b[i]);
    return sum;
  }
  double sum_of_sizes(const std::vector<T>& a) const {
    double sum = 0;
    for (T x : a) sum += std::abs(double(x));
    return sum;
  }
  double reach() const {
    double most = 0;
    for (int64_t i = 0; i < n_; ++i) most = std::max(most, std::abs(double(d_[i])));
    return most;
  }
  bool is_flat(const std::vector<T>& g) const {
    const double limit = c_.attr(tolerance_grad).number();
    return std::all_of(g.begin(), g.end(), [&](T x) { return std::abs(x) <= limit; });
  }

  const Call& c_;
  const T sign_;    // -1 to climb: then the loss is negated
  T *d_, *Y_, *S_;  // the direction; the rows of old y and old s
  T* before_;       // the gradient at the beginning of the last step
  int64_t n_ = 0, calls_ = 0;
  std::vector<T> x_;  // the parameters at the beginning of this one
};

int32_t step_all(const hg_optimizer*, hg_call* call) {
  return Call::guarded(call, [&] {
    Call c(call);
    bool single = c.in(0).bits == 32;
    for (uint32_t i = 0; i < c.n_in(); ++i) {
      const hg_tensor& t = c.in(i);
      require(t.code == HG_FLOAT_CODE && (t.bits == 32 || t.bits == 64), "parameter ", i,
              " is ", type_text(t), "; it must be f32 or f64");
      require(t.bits == c.in(0).bits, "parameter 0 is ", type_text(c.in(0)), ", parameter ",
              i, " is ", type_text(t), "; all are one vector here, of one type");
    }
    if (single)
      Lbfgs<float>(c).step();
    else
      Lbfgs<double>(c).step();
  });
}

}  // namespace

void describe_lbfgs(Plugin& plugin) {
  const uint32_t one = HG_SLOT_SHARED;
  auto vector = [&](const char* name, const char* rows) {
    return hg_slot{sizeof(hg_slot), one, name, nullptr, 0, nullptr, rows};
  };
  plugin.optimizer("optim.lbfgs")
      .doc("Newton's method with the curvature of the last steps; step() takes a closure")
      .formula("H = (I - r*s*y^T) H (I - r*y*s^T) + r*s*s^T, r = 1/(y.s); p = p - t*H*g")
      .hyper("lr", HG_FLOAT, 1.0, "length of the step, or where its search begins", 0.0)
      .hyper("max_iter", HG_INT, 20, "iterations in one step", 1)
      .hyper("max_eval", HG_INT, {}, "calls of the closure in one step; 5/4 max_iter", 1)
      .hyper("tolerance_grad", HG_FLOAT, 1e-7, "ends when no gradient is larger")
      .hyper("tolerance_change", HG_FLOAT, 1e-9, "ends when step or gain is smaller")
      .hyper("history_size", HG_INT, 100, "pairs of step and change that are kept", 1)
      .choice("line_search_fn", "none", "none|strong_wolfe", "how to find the length")
      .hyper("maximize", HG_BOOL, false, "climb instead")
      .slot(vector("d", nullptr))
      .scalar_slot("t", 0, one)
      .slot(vector("old_dirs", "history_size"))
      .slot(vector("old_stps", "history_size"))
      .slot(hg_slot{sizeof(hg_slot), one | HG_SLOT_SCALAR, "ro", "f64", 0, nullptr,
                    "history_size"})
      .scalar_slot("H_diag", 1, one)
      .slot(vector("prev_flat_grad", nullptr))
      .scalar_slot("pairs", 0, one)
      .scalar_slot("n_iter", 0, one)
      .scalar_slot("func_evals", 0, one)
      .step_all(step_all);
}
