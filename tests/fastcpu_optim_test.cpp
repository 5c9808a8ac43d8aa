// The optimizers' steps of plugins/fastcpu beside the reference.
#define BOOST_TEST_MODULE fastcpu_optim
#include <boost/test/unit_test.hpp>

#include <sstream>

#include "host/registry.hpp"
#include "optim/optimizer.hpp"
#include "support/check.hpp"
#include "support/every_isa.hpp"
#include "tensor/create.hpp"

using namespace hg;
using namespace hg::test;

namespace {

// `kinds` with a shape behind each: "normal positive" -> "normal[5] positive[5]".
void check(const char* op, const std::string& kinds, const char* attributes) {
  for (int n : {0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 100, 16384, 40000}) {
    std::string inputs, kind;
    std::istringstream list(kinds);
    while (list >> kind) {
      inputs += (inputs.empty() ? "" : " ") + kind;
      if (kind != "none") inputs += "[" + std::to_string(n) + "]";
    }
    BOOST_TEST(disagreement(op, inputs, attributes) == "");
  }
}

// The weights after three steps, of which the first is another one: it has no past.
Numbers after_three_steps(const char* optimizer, const optim::Options& options) {
  Tensor p = ones({37}).requires_grad_(), slope = linspace(-1, 2, 37);
  optim::Optimizer o = optim::make(optimizer, {p}, options);
  for (int step = 0; step < 3; ++step) {
    o.zero_grad();
    (p * p * slope).sum().backward();
    o.step();
  }
  return numbers(p.detach());
}

}  // namespace

BOOST_AUTO_TEST_CASE(from_the_first_step_on) {
  const std::pair<const char*, optim::Options> all[] = {
      {"sgd", {{"lr", 0.1}, {"momentum", 0.9}, {"dampening", 0.5}}},
      {"sgd", {{"lr", 0.1}, {"momentum", 0.9}, {"nesterov", true}}},
      {"adam", {{"lr", 0.1}, {"amsgrad", true}}},
      {"adamw", {{"lr", 0.1}}},
      {"rmsprop", {{"lr", 0.1}, {"momentum", 0.9}, {"centered", true}}},
      {"adagrad", {{"lr", 0.1}, {"lr_decay", 0.3}, {"initial_accumulator_value", 0.1}}}};
  for (const auto& [name, options] : all) {
    const Numbers fast = after_three_steps(name, options);
    Registry::get().set_reference_only(true);
    const Numbers right = after_three_steps(name, options);
    Registry::get().set_reference_only(false);
    BOOST_TEST(fast == right, boost::test_tools::tolerance(1e-5)
                                  << boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(sgd) {
  check("optim.sgd_step", "normal normal none", R"({"lr":0.1})");
  check("optim.sgd_step", "normal normal none", R"({"lr":0.1,"weight_decay":0.3})");
  check("optim.sgd_step", "normal normal normal",
        R"({"lr":0.1,"momentum":0.9,"dampening":0.2,"weight_decay":0.01,"maximize":true})");
  check("optim.sgd_step", "normal normal normal",
        R"({"lr":0.1,"momentum":0.9,"nesterov":true})");
}

BOOST_AUTO_TEST_CASE(adam) {
  for (const char* op : {"optim.adam_step", "optim.adamw_step"}) {
    check(op, "normal normal normal positive none", R"({"lr":0.1})");
    check(op, "normal normal normal positive positive",
          R"({"lr":0.1,"betas":[0.5,0.8],"amsgrad":true,"weight_decay":0.1,"eps":0.01})");
    check(op, "normal normal normal positive none", R"({"lr":0.1,"maximize":true})");
  }
}

BOOST_AUTO_TEST_CASE(rmsprop) {
  check("optim.rmsprop_step", "normal normal positive none none", R"({"lr":0.1})");
  check("optim.rmsprop_step", "normal normal positive none normal",
        R"({"lr":0.1,"momentum":0.9,"weight_decay":0.1,"maximize":true})");
  check("optim.rmsprop_step", "normal normal positive simplex none",
        R"({"lr":0.1,"alpha":0.9,"centered":true,"eps":0.1})");
  check("optim.rmsprop_step", "normal normal positive simplex normal",
        R"({"lr":0.1,"alpha":0.9,"centered":true,"momentum":0.5,"eps":0.1})");
}

BOOST_AUTO_TEST_CASE(adagrad) {
  check("optim.adagrad_step", "normal normal positive", R"({"lr":0.1})");
  check("optim.adagrad_step", "normal normal positive",
        R"({"lr":0.1,"lr_decay":0.5,"weight_decay":0.1,"maximize":true})");
}
