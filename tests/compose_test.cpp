// Composed operators: bodies that run, gradients through them, kernels in their place,
// errors.
#define BOOST_TEST_MODULE compose
#include <boost/test/unit_test.hpp>

#include "autograd/gradcheck.hpp"
#include "host/attributes.hpp"
#include "host/compose.hpp"
#include "host/dispatch.hpp"
#include "host/loader.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

struct Loaded {
  Loaded() { load_plugin(HANDGRAD_BUILD_DIR "/tests/plugins/composed.so"); }
};
BOOST_TEST_GLOBAL_FIXTURE(Loaded);

std::vector<Tensor> call(const char* name, const Tensor& x, const char* attributes = "{}") {
  const Operator& op = Registry::get().at(name);
  Attributes values(op, attributes);
  const Tensor* inputs[] = {&x};
  return run_all(op, inputs, values.values());
}

// What is wrong with a body of an operator x -> y with an attribute "dim".
std::string problem(const char* body) {
  static const hg_param x = {sizeof x, 0, "x", ""}, y = {sizeof y, 0, "y", ""};
  static const hg_param *const in[] = {&x}, *const out[] = {&y};
  static const hg_attr dim = {sizeof dim, HG_INT, "dim", "", nullptr, {}, {}, {}};
  static const hg_attr* const attrs[] = {&dim};
  hg_op op{};
  op.size = sizeof op;
  op.name = "test.op";
  op.n_in = op.n_out = op.n_attr = 1;
  op.in = in;
  op.out = out;
  op.attrs = attrs;
  op.body = body;
  return body_problem(op);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_body_runs_and_borrows_attributes) {
  Tensor x = tensor({{3.0, 4.0}, {6.0, 8.0}});
  auto rows = call("composed.unit_rows", x);
  BOOST_TEST(numbers(rows[0]) == (Numbers{0.6, 0.8, 0.6, 0.8}),
             boost::test_tools::tolerance(1e-6) << per_element());
  BOOST_TEST(numbers(rows[1]) == (Numbers{5, 10}), per_element());
  auto columns = call("composed.unit_rows", x, R"({"dim": 0})");
  BOOST_TEST((columns[1].shape() == Shape{1, 2}));
}

BOOST_AUTO_TEST_CASE(gradients_pass_through_a_body) {
  GradCheck result = gradcheck(
      std::function<std::vector<Tensor>(const std::vector<Tensor>&)>(
          [](const std::vector<Tensor>& v) { return call("composed.unit_rows", v[0]); }),
      {randn({3, 4}, f64).requires_grad_()});
  BOOST_TEST(result.ok, result.report);
}

BOOST_AUTO_TEST_CASE(a_kernel_takes_the_bodys_place) {
  BOOST_TEST(call("composed.cube", tensor({2.0}))[0].item() == 80.0);  // f32: the kernel
  BOOST_TEST(call("composed.cube", tensor({2.0}, f64))[0].item() == 8.0);  // f64: the body
  Registry::get().set_reference_only(true);
  BOOST_TEST(call("composed.cube", tensor({2.0}))[0].item() == 8.0);
  Registry::get().set_reference_only(false);
}

BOOST_AUTO_TEST_CASE(bodies_that_make_no_sense) {
  BOOST_TEST(problem("y = relu(x)") == "");
  BOOST_TEST(problem("y = sum(x; dim=[0,1], keepdim=true)") == "");
  BOOST_TEST(problem("y = relu x") ==
             "body: in 'y = relu x': expected 'result = op(inputs; attributes)'");
  BOOST_TEST(problem("y = relu(z)") == "body: in 'y = relu(z)': there is no 'z'");
  BOOST_TEST(problem("z = relu(x)") == "body: output 'y' is never computed");
  BOOST_TEST(problem("y = sum(x; dim=$axis)") ==
             "body: in 'y = sum(x; dim=$axis)': the operator has no attribute 'axis'");
  BOOST_TEST(problem("y = sum(x; dim)") ==
             "body: in 'y = sum(x; dim)': 'dim' is no attribute=value");
}
