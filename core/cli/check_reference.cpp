// Agreement with the definition, in f64: with the kernel of whoever defined the operator,
// or with the lines that it is composed of.
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

#include "autograd/backward.hpp"
#include "cli/check_tests.hpp"
#include "host/compose.hpp"
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

// The output gradients: the same numbers for kernels of any type.
std::vector<Array> weights_for(const std::vector<Array>& out) {
  std::vector<Array> list;
  for (const Array& y : out)
    list.push_back(weights(y.shape, f32, 7 + list.size()).as(y.dtype));
  return list;
}

std::optional<Result> run_kernel(Subject s, const Kernel* kernel, DType type,
                                 const Arguments& a) {
  s.kernel = kernel;
  s.dtype = type;
  std::optional<Result> shapes = Trial::run(s, a);
  if (!shapes) return {};
  return Trial::run(s, a, {.dout = weights_for(shapes->out)});
}

// The operators that a composed one consists of, and their gradients, by the tape.
Result run_lines(const Subject& s, const Arguments& a) {
  Result r;
  std::vector<Tensor> in, active, roots, gradients;
  for (size_t i = 0; i < a.in.size(); ++i) {
    in.push_back(a.in[i].tensor());
    if (!a.in[i].floating() || s.in_mask(s.def().nondiff_in, i)) continue;
    in[i].requires_grad_();
    active.push_back(in[i]);
  }
  std::vector<Tensor> out = run_body(s.def(), in, a.attr);
  for (const Tensor& y : out) r.out.emplace_back(y);
  std::vector<Array> dout = weights_for(r.out);
  for (size_t i = 0; i < out.size(); ++i) {
    if (!out[i].requires_grad()) continue;
    roots.push_back(out[i]);
    gradients.push_back(dout[i].tensor());
  }
  r.in = a.in;
  r.din.resize(in.size());
  if (roots.empty()) return r;
  std::vector<Tensor> found = grad(roots, active, gradients, false, true);
  for (size_t i = 0, k = 0; i < in.size(); ++i) {
    if (!in[i].defined() || !in[i].requires_grad()) continue;
    const Tensor& g = found[k++];
    r.din[i] = g.defined() ? Array(g) : Array(a.in[i].shape, a.in[i].dtype);
  }
  return r;
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
    if (s.def().flags & HG_COMPOSED) return;
    exact_kernel_ = reference_kernel(s.op, exact_type());
    rough_kernel_ = reference_kernel(s.op, s.dtype);
  }

  void go() {
    bool composed = s_.def().flags & HG_COMPOSED;
    bool is_itself = exact_kernel_ == s_.kernel && exact_type() == s_.dtype;
    if (is_itself || (!exact_kernel_ && !composed)) return;
    Arguments exact_arguments = as_type(a_, s_.dtype, exact_type());
    auto result = run_kernel(s_, s_.kernel, s_.dtype, a_),
         exact = run_exactly(exact_arguments);
    if (!exact || !result) return;

    bool yardstick = rough_kernel_ && rough_kernel_ != s_.kernel && s_.dtype != f64;
    auto off = yardstick ? run_kernel(s_, rough_kernel_, s_.dtype, a_)
                         : run_exactly(wiggled(exact_arguments, s_.dtype, 5));
    if (!off) return;
    log_.checked();
    times_ = yardstick ? 4 : 16;
    compare_all("out", result->out, exact->out, off->out);
    compare_all("din", result->din, exact->din, off->din);
    if (s_.def().writes) compare_all("in", result->in, exact->in, off->in);
  }

 private:
  DType exact_type() const { return is_floating(s_.dtype) ? f64 : s_.dtype; }

  std::optional<Result> run_exactly(const Arguments& a) const {
    return exact_kernel_ ? run_kernel(s_, exact_kernel_, exact_type(), a)
                         : run_lines(s_, a);
  }

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
                   number_text(got[i][*k]) + ", by definition, in " +
                   hg::name(exact_type()) + ", it is " + number_text(e[*k]) + ": off by " +
                   number_text(std::abs(got[i][*k] - e[*k])) + ", allowed is " +
                   number_text(room));
    }
  }

  const Subject& s_;
  const Arguments& a_;
  Log& log_;
  const Kernel *exact_kernel_ = nullptr, *rough_kernel_ = nullptr;
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
