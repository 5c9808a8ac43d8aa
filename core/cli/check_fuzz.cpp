// A status and a message, or a result: never a crash, whatever comes (see check_odd.hpp).
#include "cli/check_odd.hpp"
#include "cli/check_tests.hpp"
#include "host/dispatch.hpp"

namespace hg::cli::check {
namespace {

// Uses arguments for a test, if the core would bring them to this kernel at all.
UseArguments attempt(const Subject& s, const char* test, Log& log) {
  return [&s, test, &log](const Arguments& a) {
    if (key_type(a.in).value_or(s.dtype) != s.dtype) return;
    log.at(test, a.text);
    log.checked();
    inspect_call(s, a, true, log);
  };
}

void expect_refusal(const Subject& s, const Arguments& a, Log& log) {
  std::vector<Tensor> tensors;
  std::vector<const Tensor*> inputs;
  for (const Array& x : a.in) tensors.push_back(x.tensor());
  for (const Tensor& t : tensors) inputs.push_back(&t);
  log.checked();
  try {
    run_all(s.op, inputs, a.attr);
    log.finding("this value is outside of the declared bounds, and was accepted");
  } catch (const Error&) {
  }
}

}  // namespace

void test_shapes(const Subject& s, Log& log) {
  for_odd_shapes(s, attempt(s, "shapes", log));
}

void test_types(const Subject& s, Log& log) { for_odd_types(s, attempt(s, "types", log)); }

void test_attributes(const Subject& s, Log& log) {
  for_odd_attributes(s, attempt(s, "attributes", log));
  for_forbidden_attributes(s, [&](const Arguments& a) {
    log.at("attributes", a.text);
    expect_refusal(s, a, log);
  });
}

void test_values(const Subject& s, Log& log) {
  for_odd_indices(s, attempt(s, "indices", log));
  for_odd_numbers(s, attempt(s, "extremes", log));
}

}  // namespace hg::cli::check
