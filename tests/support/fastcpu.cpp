#include "support/fastcpu.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "autograd/backward.hpp"
#include "host/attributes.hpp"
#include "host/dispatch.hpp"
#include "host/samples.hpp"
#include "host/threads.hpp"
#include "tensor/create.hpp"
#include "tensor/random.hpp"

namespace hg::test {
namespace {

// All that a call yields.
struct Outcome {
  std::vector<Tensor> out, din, written;
  std::string origin;  // the plugin whose kernel ran; empty if no graph tells
};

class Threads {
 public:
  explicit Threads(int n) : before_(num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before_); }

 private:
  int before_;
};

class ReferenceOnly {
 public:
  ReferenceOnly() { Registry::get().set_reference_only(true); }
  ~ReferenceOnly() { Registry::get().set_reference_only(false); }
};

class Call {
 public:
  Call(std::string_view op, std::vector<Tensor> inputs, std::string_view attributes)
      : op_(Registry::get().at(op)),
        inputs_(std::move(inputs)),
        attributes_(op_, attributes) {}

  /// Runs it in the type given; gradients of all inputs, or of input `only`.
  Outcome run(DType type, int only = -1) const {
    Outcome outcome;
    std::vector<Tensor> in;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      Tensor x = inputs_[i];
      if (x.defined() && x.dtype() == f32 && type != f32) x = x.to(type);
      if (x.defined() && has(op().writes, i)) x = x.clone();
      if (x.defined()) x = x.detach();
      if (differentiable(i) && (only < 0 || only == int(i))) x.requires_grad_();
      in.push_back(x);
    }
    std::vector<const Tensor*> pointers;
    for (const Tensor& x : in) pointers.push_back(&x);

    manual_seed(11);  // of operators that draw
    const bool step = op().writes && (op().flags & HG_NO_GRAD);
    outcome.out = step ? run_step(op_, pointers, attributes_.values(), 3)
                       : run_all(op_, pointers, attributes_.values());
    for (size_t i = 0; i < in.size(); ++i) {
      if (in[i].defined() && has(op().writes, i)) outcome.written.push_back(in[i]);
    }
    find_gradients(in, outcome);
    return outcome;
  }

  bool differentiable(size_t i) const {
    return inputs_[i].defined() && is_floating(inputs_[i].dtype()) &&
           !(op().flags & HG_NO_GRAD) && !has(op().nondiff_in | op().writes, i);
  }
  const hg_op& op() const { return *op_.def; }
  size_t size() const { return inputs_.size(); }
  /// Whose kernel is asked first.
  std::string first_origin() const {
    const KernelList list = op_.kernels(HG_CPU, f32);
    return list && *list ? (*list)->origin->name : "nobody";
  }

  double largest_input() const {
    double most = 0;
    for (const Tensor& x : inputs_) {
      if (!x.defined() || !is_floating(x.dtype())) continue;
      for (double v : x.to_vector<double>())
        if (std::isfinite(v)) most = std::max(most, std::abs(v));
    }
    return most;
  }

 private:
  bool has(uint64_t mask, size_t i) const {
    const size_t place = std::min<size_t>(i, op().n_in ? op().n_in - 1 : 0);
    return place < 64 && (mask >> place & 1);
  }

  void find_gradients(const std::vector<Tensor>& in, Outcome& outcome) const {
    std::vector<Tensor> roots, weights, leaves;
    for (const Tensor& y : outcome.out) {
      if (!y.requires_grad()) continue;
      const Node* node = y.impl()->node.get();
      if (node && node->kernel) outcome.origin = node->kernel->origin->name;
      roots.push_back(y);
      manual_seed(23 + roots.size());
      weights.push_back(randn(y.shape(), f32).to(y.dtype()));
    }
    for (const Tensor& x : in) {
      if (x.defined() && x.requires_grad()) leaves.push_back(x);
    }
    if (roots.empty() || leaves.empty()) return;
    outcome.din = grad(roots, leaves, weights, false, true);
  }

  const Operator& op_;
  std::vector<Tensor> inputs_;
  Attributes attributes_;
};

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double most = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    const double d = std::abs(a[i] - b[i]);
    if (std::isfinite(d)) most = std::max(most, d);
  }
  return most;
}

double largest_of(const std::vector<double>& a) {
  double most = 0;
  for (double v : a)
    if (std::isfinite(v)) most = std::max(most, std::abs(v));
  return most;
}

std::string index_text(const Tensor& t, size_t i) {
  std::vector<int64_t> index(t.shape().size());
  int64_t rest = int64_t(i);
  for (int d = t.shape().size() - 1; d >= 0; --d) {
    index[size_t(d)] = rest % t.shape()[d];
    rest /= t.shape()[d];
  }
  std::ostringstream out;
  out << "[";
  for (size_t d = 0; d < index.size(); ++d) out << (d ? "," : "") << index[d];
  out << "]";
  return out.str();
}

bool same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].defined() != b[i].defined()) return false;
    if (!a[i].defined() || a[i].numel() == 0) continue;
    const Tensor x = a[i].detach().contiguous(), y = b[i].detach().contiguous();
    const size_t bytes = size_t(x.numel()) * size_of(x.dtype());
    if (x.shape() != y.shape() || std::memcmp(x.desc().data, y.desc().data, bytes))
      return false;
  }
  return true;
}

// How the tensors of one kind compare.
class Comparison {
 public:
  Comparison(const char* who, double units, double largest_input)
      : who_(who), units_(units), largest_input_(largest_input) {}

  std::string of(const char* what, const std::vector<Tensor>& got,
                 const std::vector<Tensor>& rough, const std::vector<Tensor>& exact) const {
    std::ostringstream problem;
    if (got.size() != exact.size()) {
      problem << who_ << ": " << got.size() << " of " << what << ", not " << exact.size();
      return problem.str();
    }
    for (size_t i = 0; i < got.size(); ++i) {
      if (got[i].defined() != exact[i].defined()) {
        problem << who_ << ": " << what << "." << i << " is there in one only";
      } else if (got[i].defined()) {
        one(problem, what, i, got[i].detach(), rough[i].detach(), exact[i].detach());
      }
      if (!problem.str().empty()) break;
    }
    return problem.str();
  }

 private:
  void one(std::ostringstream& problem, const char* what, size_t i, const Tensor& got,
           const Tensor& rough, const Tensor& exact) const {
    problem.precision(9);
    if (got.shape() != exact.shape() || got.dtype() != rough.dtype()) {
      problem << who_ << ": " << what << "." << i << " has another shape or type";
      return;
    }
    const std::vector<double> g = got.to_vector<double>(), r = rough.to_vector<double>(),
                              e = exact.to_vector<double>();
    const double largest = std::max(largest_input_, largest_of(e));
    const bool floating = is_floating(got.dtype());
    const double room =
        floating ? 4 * largest_difference(r, e) + units_ * std::ldexp(largest, -24) : 0;
    for (size_t k = 0; k < g.size(); ++k) {
      // Where f32 has no number (overflow, a nan), the reference in f32 says what is right.
      const double right = std::isfinite(r[k]) ? e[k] : r[k];
      const bool same = g[k] == right || (std::isnan(g[k]) && std::isnan(right));
      if (same || std::abs(g[k] - right) <= room) continue;
      problem << who_ << ": " << what << "." << i << index_text(got, k) << " is " << g[k]
              << ", should be " << right << "; allowed is a difference of " << room;
      return;
    }
  }

  const char* who_;
  double units_, largest_input_;
};

}  // namespace

std::string disagreement(std::string_view op, std::vector<Tensor> inputs,
                         std::string_view attributes, Served served, double units) {
  const Call call(op, std::move(inputs), attributes);
  Outcome rough, exact;
  {
    const ReferenceOnly mode;
    rough = call.run(f32);
    exact = call.run(f64);
  }
  const Threads three(3);
  const Outcome fast = call.run(f32);
  const std::string origin = fast.origin.empty() ? call.first_origin() : fast.origin;
  if (served != Served::by_either &&
      (origin == "fastcpu") != (served == Served::by_fastcpu)) {
    return "it was computed by " + origin;
  }

  const auto compare = [&](const char* who, const Outcome& got) {
    const Comparison c(who, units, call.largest_input());
    std::string problem = c.of("out", got.out, rough.out, exact.out);
    if (problem.empty()) problem = c.of("din", got.din, rough.din, exact.din);
    if (problem.empty()) problem = c.of("in", got.written, rough.written, exact.written);
    return problem;
  };
  std::string problem = compare("three threads", fast);
  if (!problem.empty()) return problem;

  const Outcome again = call.run(f32);
  if (!same_bits(fast.out, again.out) || !same_bits(fast.din, again.din) ||
      !same_bits(fast.written, again.written)) {
    return "the call repeated has other bits";
  }
  for (size_t i = 0, k = 0; i < call.size() && fast.din.size() > 1; ++i) {
    if (!call.differentiable(i)) continue;
    const Outcome alone = call.run(f32, int(i));
    if (!same_bits(alone.din, {fast.din[k++]})) {
      return "the gradient of input " + std::to_string(i) + ", alone, has other bits";
    }
  }
  const Threads one(1);
  return compare("one thread", call.run(f32));
}

std::string disagreement(std::string_view op, std::string_view inputs,
                         std::string_view attributes, Served served, double units) {
  std::vector<Tensor> made;
  for (const SampleInput& input : parse_sample(inputs)) {
    made.push_back(input.kind == SampleInput::none ? Tensor()
                                                   : make_input(input, 31 + made.size()));
  }
  const std::string problem = disagreement(op, std::move(made), attributes, served, units);
  if (problem.empty()) return problem;
  std::ostringstream out;
  out << op << "(" << inputs << "; " << attributes << "): " << problem;
  return out.str();
}

bool passes_with_isa(const char* isa) {
  if (std::getenv("HANDGRAD_ISA")) return true;
  const pid_t child = fork();
  if (child == 0) {
    setenv("HANDGRAD_ISA", isa, 1);
    execl("/proc/self/exe", "test", "--color_output=no", "--run_test=!@once",
          static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

}  // namespace hg::test
