// Agreement with the definition's own kernel, in f64.
//
// Another kernel for an operator, in f32 say, may round otherwise than the reference does.
// How much is too much? The reference's own f32 error is the measure:
//
//     |kernel - exact|  <=  4 |reference in f32 - exact|  +  4 units of the largest term
//
// A kernel that has no such yardstick (it is the reference itself, or computes in f64) is
// measured by what moves if each input is off by one unit, about the best that anybody who
// rounds can do.
#include <cmath>

#include "cli/check_tests.hpp"
#include "tensor/random.hpp"

namespace hg::cli::check {
namespace {

// The kernel of whoever defined the operator; of several the one with least priority.
const Kernel* reference_kernel(const Operator& op, DType type) {
  const Kernel* found = nullptr;
  for (const Kernel* k : Registry::get().kernels_of(op)) {  // best first
    bool fits = k->origin == op.origin && std::string_view(k->desc->device) == "cpu";
    if (fits && std::find(k->dtypes.begin(), k->dtypes.end(), type) != k->dtypes.end())
      found = k;
  }
  return found;
}

Subject with(const Subject& s, const Kernel* kernel, DType type) {
  Subject other = s;
  other.kernel = kernel;
  other.dtype = type;
  return other;
}

Arguments as_type(Arguments a, DType from, DType to) {
  for (Array& x : a.in) {
    if (x.given && x.dtype == from) x = x.as(to);
  }
  return a;
}

// The same numbers, each off by one unit of `type` or not at all.
Arguments wiggled(Arguments a, DType type, uint64_t seed) {
  for (Array& x : a.in) {
    for (int64_t i = 0; x.floating() && i < x.size(); ++i) {
      double r = uniform_f64(++seed, uint64_t(i)) < 0.5 ? -1 : 1;
      x.set(i, x[i] * (1 + r * unit_of(type)));
    }
  }
  return a;
}

// The output gradients, the same numbers for kernels of any type.
std::vector<Array> weights_for(const Result& like) {
  std::vector<Array> list;
  for (size_t i = 0; i < like.out.size(); ++i) {
    const Array& y = like.out[i];
    list.push_back(weights(y.shape, f32, 7 + i).as(y.dtype));
  }
  return list;
}

double largest_error(const Array& a, const Array& exact) {
  double most = 0;
  for (int64_t i = 0; i < exact.size(); ++i) {
    double error = std::abs(a[i] - exact[i]);
    if (std::isfinite(error)) most = std::max(most, error);
  }
  return most;
}

class Comparison {
 public:
  Comparison(const Subject& s, const Arguments& a, Log& log) : s_(s), a_(a), log_(log) {
    exact_kernel_ = reference_kernel(s.op, is_floating(s.dtype) ? f64 : s.dtype);
    rough_kernel_ = reference_kernel(s.op, s.dtype);
  }

  void go() {
    if (!exact_kernel_ || (exact_kernel_ == s_.kernel && exact_type() == s_.dtype)) return;
    Subject exact_subject = with(s_, exact_kernel_, exact_type());
    Arguments exact_arguments = as_type(a_, s_.dtype, exact_type());
    auto shapes = Trial::run(s_, a_),
         exact_shapes = Trial::run(exact_subject, exact_arguments);
    if (!shapes || !exact_shapes) return;
    Setup setup{.dout = weights_for(*shapes)},
        exact_setup{.dout = weights_for(*exact_shapes)};
    auto exact = Trial::run(exact_subject, exact_arguments, exact_setup);
    auto result = Trial::run(s_, a_, setup);
    if (!exact || !result) return;

    bool yardstick = rough_kernel_ && rough_kernel_ != s_.kernel && s_.dtype != f64;
    auto off = yardstick ? Trial::run(with(s_, rough_kernel_, s_.dtype), a_, setup)
                         : Trial::run(exact_subject, wiggled(exact_arguments, s_.dtype, 5),
                                      exact_setup);
    if (!off) return;
    log_.checked();
    times_ = yardstick ? 4 : 16;
    compare_all("out", result->out, exact->out, off->out);
    compare_all("din", result->din, exact->din, off->din);
    if (s_.def().writes) compare_all("in", result->in, exact->in, off->in);
  }

 private:
  DType exact_type() const { return is_floating(s_.dtype) ? f64 : s_.dtype; }

  void compare_all(const char* name, const std::vector<Array>& got,
                   const std::vector<Array>& exact, const std::vector<Array>& off) {
    double term = 0;
    for (const Array& x : a_.in) term = std::max(term, x.floating() ? x.largest() : 0.0);
    for (size_t i = 0; i < got.size() && log_.clean(); ++i) {
      if (!got[i].given || !exact[i].given) continue;
      const Array& e = exact[i];
      double unit = got[i].floating() ? unit_of(got[i].dtype) : 0;
      double measure = got[i].floating() ? times_ * largest_error(off[i], e) : 0;
      double room = measure + times_ * unit * std::max(term, e.largest());
      auto k = worst_difference(got[i], e, room);
      if (!k) continue;
      log_.finding(name + ("[" + std::to_string(i) + "]") + e.index_text(*k) + " is " +
                   number_text(got[i][*k]) + ", the definition's kernel in " +
                   hg::name(exact_type()) + " gives " + number_text(e[*k]) + ": off by " +
                   number_text(std::abs(got[i][*k] - e[*k])) + ", allowed is " +
                   number_text(room));
    }
  }

  const Subject& s_;
  const Arguments& a_;
  Log& log_;
  const Kernel *exact_kernel_, *rough_kernel_;
  double times_ = 4;
};

}  // namespace

void test_reference(const Subject& s, Log& log) {
  for (const Sample& sample : s.samples) {
    for (bool large : {false, true}) {
      std::optional<Sample> chosen = large ? grown(sample, 3000) : sample;
      if (!chosen || !log.clean()) continue;
      try {
        std::optional<Arguments> a = s.draw(*chosen, s.seed);
        if (!a) continue;
        log.at("reference", a->text);
        Comparison(s, *a, log).go();
      } catch (const Refused&) {
      }
    }
  }
}

}  // namespace hg::cli::check
