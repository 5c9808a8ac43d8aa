// A step of an optimizer that works on all parameters together (step_all): one call, with
// the parameters as in[], their gradients as dout[], the slots as saved[].
//
// Through host->closure it may ask for the loss again, at parameters that it has changed:
// the only place where the core is entered from within a plugin's call.
#include <exception>

#include "autograd/grad_mode.hpp"
#include "autograd/observe.hpp"
#include "host/dispatch.hpp"
#include "host/frame.hpp"
#include "optim/optimizer.hpp"
#include "optim/values.hpp"

namespace hg::optim {
namespace {

// The loss and its gradients, as often as they are asked for.
struct Evaluation {
  const std::function<Tensor()>* closure;
  const std::vector<Tensor>& params;
  std::vector<hg_tensor> gradients;  // what dout[] points to
  std::vector<Tensor> held;          // keeps them alive
  std::optional<double> first_loss;
  std::exception_ptr thrown;  // by the closure

  // What the plugin has written makes older graphs stale.
  void mark_changed() const {
    for (const Tensor& p : params) p.impl()->storage->version.fetch_add(1);
  }
  // A parameter that the loss does not depend on has a gradient of zeros.
  void read_gradients() {
    for (size_t i = 0; i < params.size(); ++i) {
      Tensor g = params[i].grad();
      held[i] = g.defined() ? g.contiguous() : zeros_like(params[i]);
      gradients[i] = held[i].desc();
    }
  }
  double evaluate() {
    mark_changed();
    enable_grad recording;
    double loss = (*closure)().item();
    if (!first_loss) first_loss = loss;
    read_gradients();
    return loss;
  }
};

}  // namespace

double Optimizer::step_all(const std::function<Tensor()>* closure) {
  ActiveGroup& group = groups_[0];
  const std::vector<Tensor>& params = group.params;
  Operator self;  // the frame wants to know whose call it is
  self.name = desc_->name;
  for (const OptimizerEntry& e : Registry::get().optimizers()) {
    if (e.desc == desc_) self.origin = e.origin;
  }

  no_grad guard;
  std::vector<hg_tensor> in, saved;
  uint64_t steps = 0;
  for (size_t i = 0; i < params.size(); ++i) {
    if (!params[i].is_contiguous()) {
      throw Error(name_, "parameter " + std::to_string(i) + " is not contiguous",
                  "use its contiguous().detach().requires_grad_()");
    }
    prepare(group, i);
    in.push_back(params[i].desc());
    for (const Tensor& slot : group.memory[i].slots) {
      saved.push_back(slot.defined() ? slot.desc() : hg_tensor{});
      if (!slot.defined()) saved.back().ndim = -1;
    }
    steps = ++group.memory[i].steps;
  }
  std::vector<hg_value> values = values_of(group.hyper);
  Evaluation evaluation{closure,
                        params,
                        std::vector<hg_tensor>(params.size()),
                        std::vector<Tensor>(params.size()),
                        {},
                        {}};
  evaluation.read_gradients();

  Frame frame(self);
  if (closure) {
    frame.closure_user = &evaluation;
    frame.closure = [](void* user) {
      auto* e = static_cast<Evaluation*>(user);
      try {
        return e->evaluate();
      } catch (...) {
        e->thrown = std::current_exception();
        throw;
      }
    };
  }
  frame.call.n_in = uint32_t(in.size());
  frame.call.in = in.data();
  frame.call.dout = evaluation.gradients.data();
  frame.call.n_saved = uint32_t(saved.size());
  frame.call.saved = saved.data();
  frame.call.n_attr = n_hyper_;
  frame.call.attr = values.data();
  frame.call.step = steps;
  try {
    announce({.name = desc_->name, .phase = HG_STEP, .in = in},
             [&] { frame.invoke(desc_->step_all, desc_, HG_STEP); });
  } catch (const Error&) {
    evaluation.mark_changed();
    if (evaluation.thrown) std::rethrow_exception(evaluation.thrown);
    throw;
  }
  evaluation.mark_changed();
  return evaluation.first_loss.value_or(0);
}

}  // namespace hg::optim
