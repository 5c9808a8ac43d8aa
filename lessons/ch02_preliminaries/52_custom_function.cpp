// # 2.52 Functions of your own
//
// The tape knows the slope of every operation in the library. One day you need an
// operation that is not in it, or you know a better slope than the one composed of its
// parts. How do you teach the tape something new? There are two ways: a small one, inside
// your program, and one that any program can load.
//
// You know: backward, vector-Jacobian products, gradcheck (2.5).
// New here: autograd::Function, saved tensors, an operator plugin written and loaded.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "handgrad.hpp"
using namespace hg;

// ## A Function is a forward and a backward
// forward computes; backward gets dy, the slope of L with respect to the result, and
// returns the slopes with respect to forward's arguments: one for each, and nothing, `{}`,
// for an argument that is no tensor. For y = c*x:
//
//     dL/dx[i] = dL/dy[i] * dy[i]/dx[i] = dy[i] * c
//
// The *context* carries what backward needs from one to the other.

struct MulConstant : autograd::Function<MulConstant> {
  static Tensor forward(autograd::Context& ctx, const Tensor& x, double c) {
    ctx.set("c", c);
    return x * c;
  }
  static std::vector<Tensor> backward(autograd::Context& ctx,
                                      const std::vector<Tensor>& dy) {
    return {dy[0] * ctx.get<double>("c"), {}};
  }
};

// (A well-known handbook has this example with `return dy` in place of `dy * c`. It runs,
// it prints a gradient, and the gradient is wrong by the factor c. Nothing notices, unless
// you check. We will.)

struct Forgetful : autograd::Function<Forgetful> {
  static Tensor forward(autograd::Context&, const Tensor& x, double c) { return x * c; }
  static std::vector<Tensor> backward(autograd::Context&, const std::vector<Tensor>& dy) {
    return {dy[0], {}};
  }
};

// ## Saving tensors
// The exponential is its own derivative, so its backward wants the result again. Tensors
// are kept with save_for_backward, not in the map: then a change in place is noticed, and
// the memory is freed as soon as backward has run.

struct Exp : autograd::Function<Exp> {
  static Tensor forward(autograd::Context& ctx, const Tensor& x) {
    Tensor y = x.exp();
    ctx.save_for_backward({y});
    return y;
  }
  static std::vector<Tensor> backward(autograd::Context& ctx,
                                      const std::vector<Tensor>& dy) {
    return {dy[0] * ctx.saved()[0]};
  }
};

// ## An operator that every program can load
// A plugin is a shared library. This one is plain C: one operator, defined once (`op`:
// what it is), and one way to compute it (`kernel`: forward and backward). It is the whole
// file.

const char* plugin_source = R"(
#include <handgrad_abi.h>

static int32_t infer(const hg_op *op, hg_call *c) {
  (void)op;
  hg_like(&c->out[0], &c->in[0]);            /* y has x's shape and type */
  return HG_OK;
}

static int32_t forward(const hg_kernel *k, hg_call *c) {
  const double *x = c->in[0].data, factor = c->attr[0].u.f;
  double *y = c->out[0].data;
  (void)k;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i) y[i] = factor * x[i];
  return HG_OK;
}

static int32_t backward(const hg_kernel *k, hg_call *c) {
  const double *dy = c->dout[0].data, factor = c->attr[0].u.f;
  double *dx = c->din[0].data;
  (void)k;
  for (int64_t i = 0, n = hg_numel(&c->in[0]); i < n; ++i) dx[i] = factor * dy[i];
  return HG_OK;
}

static const hg_param x = {sizeof x, 0, "x", "any shape"}, y = {sizeof y, 0, "y", ""};
static const hg_param *const inputs[] = {&x}, *const outputs[] = {&y};
static const hg_attr factor = {sizeof factor, HG_FLOAT, "factor", "c", 0,
                               {HG_FLOAT, 0, {.f = 1}}, {0}, {0}};
static const hg_attr *const attrs[] = {&factor};
static const hg_sample sample = {sizeof sample, 0, "normal[3,4]:f64", "{\"factor\": 5}"};
static const hg_sample *const samples[] = {&sample};

static const hg_op op = {.size = sizeof op, .name = "mine.mul_constant",
  .doc = "a tensor times a number", .formula = "y = factor * x",
  .n_in = 1, .n_out = 1, .n_attr = 1, .n_sample = 1,
  .in = inputs, .out = outputs, .attrs = attrs, .samples = samples, .infer = infer};
static const hg_kernel kernel = {.size = sizeof kernel, .op = "mine.mul_constant",
  .device = "cpu", .dtypes = "f64", .n_in = 1, .n_attr = 1,
  .forward = forward, .backward = backward};

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  me->name = "mine";
  me->version = "1.0";
  host->add(host, "op/1", &op);
  return host->add(host, "kernel/1", &kernel);
}
)";

// The folder with handgrad_abi.h: beside the lessons in the source tree.
std::filesystem::path include_folder() {
  namespace fs = std::filesystem;
  for (fs::path folder = fs::canonical("/proc/self/exe"); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (fs::exists(folder / "core/handgrad_abi.h")) return folder / "core";
  }
  return "/usr/local/include/handgrad";
}

// Writes the plugin's source, has the C compiler build it, and returns the library's path.
std::filesystem::path build_plugin(const std::filesystem::path& folder) {
  std::ofstream(folder / "mine.c") << plugin_source;
  std::filesystem::path library = folder / "mine.so";
  std::string command = "cc -std=c99 -O2 -shared -fPIC -fvisibility=hidden -I'" +
                        include_folder().string() + "' '" + (folder / "mine.c").string() +
                        "' -o '" + library.string() + "'";
  if (std::system(command.c_str()) != 0) {
    throw Error("lesson 2.52", "the C compiler could not build mine.c", command);
  }
  return library;
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.52 Functions of your own");
  manual_seed(lesson.seed() + 1);

  // ## Using a Function
  // apply runs forward and records the node, under the Function's own name.

  Tensor a = tensor(1.0, f64).requires_grad_();  // ()
  Tensor y = MulConstant::apply(a, 5.0);         // ()
  std::cout << y << "\n";
  y.backward();
  std::cout << "gradient " << a.grad().item() << "\n";
  //> tensor(5., dtype=f64, grad_fn=<MulConstantBackward>)
  //> gradient 5
  const double gradient = a.grad().item();

  // ## Vector-Jacobian products
  // backward never sees the Jacobian J. For y = A x it is A itself, and what backward(v)
  // leaves in x.grad() is J^T v. With v = (1,0) that is the first row of J, so a few calls
  // can lay J open where somebody wants to look at it.

  Tensor A = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}, f64);  // (2,3)
  Tensor x = tensor({1.0, 1.0, 1.0}, f64).requires_grad_();    // (3)
  Tensor J = zeros({2, 3}, f64);                               // (2,3)
  for (int64_t i = 0; i < 2; ++i) {
    x.zero_grad();
    A.mv(x).backward(eye(2, {}, f64)[i]);  // v is row i of the identity
    J[i] = x.grad();
  }
  std::cout << J << "\n";
  //> tensor([[1., 2., 3.],
  //>         [4., 5., 6.]], dtype=f64)

  // ## Checking
  // gradcheck measures the slopes and compares. It finds nothing wrong with ours and
  // everything with the handbook's.

  using Inputs = std::vector<Tensor>;
  Tensor probe = randn({2, 3}, f64).requires_grad_();  // (2,3)
  GradCheck ours =
      gradcheck([](const Inputs& v) { return MulConstant::apply(v[0], 5.0); }, {probe});
  GradCheck wrong =
      gradcheck([](const Inputs& v) { return Forgetful::apply(v[0], 5.0); }, {probe});
  GradCheck exponential =
      gradcheck([](const Inputs& v) { return Exp::apply(v[0]); }, {probe});
  std::printf("MulConstant %s, Forgetful %s, Exp %s\n", ours.ok ? "agrees" : "differs",
              wrong.ok ? "agrees" : "differs", exponential.ok ? "agrees" : "differs");
  //> MulConstant agrees, Forgetful differs, Exp agrees

  // Return the wrong number of gradients, and the walk stops with a sentence:

  struct OneTooFew : autograd::Function<OneTooFew> {
    static Tensor forward(autograd::Context&, const Tensor& t, double c) { return t * c; }
    static std::vector<Tensor> backward(autograd::Context&, const std::vector<Tensor>& dy) {
      return {dy[0] * 5};
    }
  };
  try {
    OneTooFew::apply(a, 5.0).backward();
  } catch (const Error& e) {
    std::printf("%s\n", e.what());
  }
  //> OneTooFewBackward: backward returned 1 gradients; forward has 2 arguments
  //>   hint: return one for each, {} for those that are no tensors

  // ## Loading the plugin
  // Now the C file from above: written to disk (with `--out DIR` it stays there), compiled,
  // and loaded into the running program. It knows nothing of our C++ classes and links
  // nothing of ours; the two sides meet in the structs of one header.

  std::filesystem::path folder = lesson.temporary_folder();
  if (auto out = lesson.picture("mine")) folder = out->parent_path();
  load_plugin(build_plugin(folder).string());
  const Op mul_constant("mine.mul_constant");

  a.zero_grad();
  Tensor z = run(mul_constant, {&a}, {5.0});  // ()
  std::cout << z << "\n";
  z.backward();
  std::cout << "gradient " << a.grad().item() << "\n";
  //> tensor(5., dtype=f64, grad_fn=<MulConstantBackward>)
  //> gradient 5
  const double plugin_gradient = a.grad().item();
  GradCheck loaded = gradcheck(
      [&](const Inputs& v) { return run(mul_constant, {&v[0]}, {5.0}); }, {probe});

  // It is an operator like any other: `handgrad plugin check mine.so` tests it without a
  // line of test code, and in a program it takes part in any formula.

  Tensor mixed = (run(mul_constant, {&probe}, {2.0}) + probe).sum();  // ()
  mixed.backward();
  std::cout << "slope of 2x + x: " << probe.grad()[{0, 0}].item() << "\n";
  //> slope of 2x + x: 3

  // We gave it one type, f64. Asked for another, it says what is missing:

  try {
    Tensor single = ones({2});  // (2), f32
    run(mul_constant, {&single}, {2.0});
  } catch (const Error& e) {
    std::printf("%s\n", e.what());
  }
  //> mine.mul_constant: there is no kernel for f32 on the cpu; there are kernels for f64
  //>   hint: convert the input with to(...)

  // ## Bars
  lesson.expect("gradient of MulConstant", gradient, near(5, 0));
  lesson.expect("gradient of the plugin", plugin_gradient, near(5, 0));
  lesson.expect("the Jacobian of A x is A", J.equal(A));
  lesson.expect("MulConstant against measured slopes", ours.worst, at_most(1e-6));
  lesson.expect("Exp against measured slopes", exponential.worst, at_most(1e-6));
  lesson.expect("the plugin against measured slopes", loaded.worst, at_most(1e-6));
  lesson.expect("the forgetful one is found", !wrong.ok);
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A Function is a forward, a backward, and a context between them.
// - backward computes J^T v; J itself is never built.
// - A plugin brings an operator to every program, in C, through one header.
// - A gradient is believed after it was measured.
//
// ## Exercises
// 1. (Derive, code.) Write Sigmoid as a Function. Which tensor is cheaper to save, x or y?
// 2. (Code.) A step function has slope 0 everywhere. Write one whose backward passes dy
//    through unchanged where |x| < 1 (a *straight-through estimator*). What will gradcheck
//    say?
// 3. (Predict, then run.) In Exp, change the result in place (y += 1) before backward.
//    What happens?
// 4. (Derive.) Write a Function of two tensors, f(a,b) = a*b, for equal shapes. Which
//    argument's gradient needs which tensor saved?
