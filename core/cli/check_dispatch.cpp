// Operators that no kernel computes, called as everybody calls them.
//
// The result of a view is a window on its input's memory: what there is to check is where
// infer says the window lies, and that gradients find their way back. A composed operator
// is a few lines of others: its samples must run, and its gradients be right together.
#include "autograd/gradcheck.hpp"
#include "cli/check_odd.hpp"
#include "cli/check_tests.hpp"
#include "host/dispatch.hpp"

namespace hg::cli::check {
namespace {

std::vector<Tensor> tensors_of(const Arguments& a) {
  std::vector<Tensor> list;
  for (const Array& x : a.in) list.push_back(x.tensor());
  return list;
}

std::vector<Tensor> call(const Subject& s, const std::vector<Tensor>& tensors,
                         const Arguments& a) {
  std::vector<const Tensor*> inputs;
  for (const Tensor& t : tensors) inputs.push_back(&t);
  return run_all(s.op, inputs, a.attr);
}

// What the operator yields; nothing if it refuses, for which it must have a reason.
std::optional<std::vector<Tensor>> attempt(const Subject& s, const Arguments& a, Log& log) {
  try {
    if (s.def().flags & HG_VIEW) Trial(s, a).prepare();
    return call(s, tensors_of(a), a);
  } catch (const Refused& e) {
    if (e.silent) log.finding(std::string("it refuses: ") + e.what());
  } catch (const Error&) {
    // The core has found the view outside of its tensor, or a line of the body refuses.
  }
  return {};
}

void check_gradient(const Subject& s, const Arguments& a, Log& log) {
  std::vector<Tensor> inputs = tensors_of(a);
  bool any = false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!a.in[i].floating() || s.in_mask(s.def().nondiff_in, i)) continue;
    inputs[i].requires_grad_();
    any = true;
  }
  if (!any || (s.def().flags & HG_NO_GRAD)) return;
  GradCheckOptions options;
  options.seed = s.seed;
  GradCheck check = gradcheck([&](const std::vector<Tensor>& x) { return call(s, x, a); },
                              inputs, options);
  log.checked();
  if (!check) log.finding(check.report);
}

}  // namespace

void test_by_dispatch(const Subject& s, Log& log) {
  for (const Sample& sample : s.samples) {
    std::optional<Arguments> a = s.draw(sample, s.seed);
    if (!a) continue;
    log.at("samples", a->text);
    log.checked();
    auto results = attempt(s, *a, log);
    if (!results) {
      log.finding("it refuses its own sample");
      continue;
    }
    bool empty = true;
    for (const Tensor& y : *results) empty &= y.numel() == 0;
    log.at("gradients", a->text);
    if (!empty) check_gradient(s, *a, log);
  }
  auto use = [&](const char* test) {
    return [&, test](const Arguments& a) {
      log.at(test, a.text);
      log.checked();
      attempt(s, a, log);
    };
  };
  for_odd_shapes(s, use("shapes"));
  for_odd_attributes(s, use("attributes"));
}

}  // namespace hg::cli::check
