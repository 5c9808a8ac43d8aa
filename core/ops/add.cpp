// add, sub: sums and differences, element by element.
//
// Forward.
//
//     add:  y = a + alpha * b            sub:  y = a - alpha * b
//
//   alpha is a plain number, 1 unless given. With it a step downhill is one operation:
//   w.sub_(dw, rate). Of two bools, a + b is "or"; PyTorch has no a - b of bools, nor
//   has handgrad.
//
// Backward.  y moves as far as a does, and alpha times as far as b does:
//
//     dL/da = dy                 dL/db = alpha * dy      (sub: -alpha * dy)          (*)
//
//   and where an operand was stretched, its gradient is summed (broadcast.hpp).
//
//   Check by thought: addition passes the gradient on unchanged. This is why adding a
//   branch's input to its output, as residual networks do, keeps gradients alive.
//
// Saved for backward: nothing. With alpha = 1 nothing has to be computed either: the
// kernels of Add hand dy on as it is (pass_dout). Those of AddScaled know alpha.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Add {
  static constexpr bool keeps_a = false, keeps_b = false, keeps_y = false;
  static auto y(auto a, auto b) { return plus(a, b); }
  static auto da(auto, auto, auto, auto dy) { return dy; }
  static auto db(auto, auto, auto, auto dy) { return dy; }
};

/// alpha as a T; a fraction is refused where T has none.
template <class T>
T alpha_of(const Call& c) {
  double alpha = c.attr(0).number();
  if constexpr (is_whole<T>) {
    require(alpha == std::trunc(alpha), "alpha is ", alpha, ", the tensors are of type ",
            plugin::type_text(c.in(0)),
            ": whole numbers take a whole alpha\n  hint: convert them first: x.to(f32)");
  }
  return convert<T>(alpha);
}

struct AddScaled : Binary<Add> {
  template <class T>
  static void forward(Call& c) {
    T alpha = alpha_of<T>(c);
    map<T>(c, c.out(0), [alpha](T a, T b) { return plus(a, times(alpha, b)); },
           Elements<T>{c.in(0)}, Elements<T>{c.in(1)});
  }
  template <class T>
  static void backward(Call& c) {
    T alpha = alpha_of<T>(c);
    Elements<T> dy{c.dout(0)};
    gradient<T>(c, 0, [](auto dy) { return dy; }, dy);
    gradient<T>(c, 1, [alpha](auto dy) { return times(alpha, dy); }, dy);
  }
};

struct Sub {
  static void infer(Call& c) {
    infer_broadcast(c, c.in(0), c.in(1));
    require(c.in(0).code != HG_BOOL_CODE,
            "bools have no difference\n  hint: a ^ b tells where two bool tensors differ");
  }
  template <class T>
  static void forward(Call& c) {
    T alpha = alpha_of<T>(c);
    Elements<T> a{c.in(0)}, b{c.in(1)};
    if (alpha == T(1)) map<T>(c, c.out(0), [](T a, T b) { return minus(a, b); }, a, b);
    else map<T>(c, c.out(0), [alpha](T a, T b) { return minus(a, times(alpha, b)); }, a, b);
  }
  template <class T>
  static void backward(Call& c) {
    T alpha = alpha_of<T>(c);
    Elements<T> dy{c.dout(0)};
    gradient<T>(c, 0, [](auto dy) { return dy; }, dy);
    gradient<T>(c, 1, [alpha](auto dy) { return times(minus(T(0), alpha), dy); }, dy);
  }
};

plugin::OpBuilder& with_samples(plugin::OpBuilder& op) {
  return op.in("input").in("other").out("output")
      .attr("alpha", HG_FLOAT, 1.0, "other is multiplied by it")
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("normal[3,4] normal[3,4]")
      .sample("normal[3,1,4] normal[2,1]", R"({"alpha":-0.5})")
      .sample("normal normal[2,3]", R"({"alpha":2})")
      .sample("normal[5] normal");
}

}  // namespace

void describe_add(plugin::Plugin& p) {
  with_samples(p.op<Binary<Add>>("core.add"))
      .doc("The sum of two tensors, the second multiplied by alpha.")
      .formula("y = a + alpha*b");
  elementwise_kernels<Binary<Add>>(p, "core.add", AllTypes{})
      .may_alias({0}).pass_dout({0, 1}).knows(2, 0).priority(1);
  elementwise_kernels<AddScaled>(p, "core.add", AllTypes{}).may_alias({0}).pass_dout({0});

  with_samples(p.op<Sub>("core.sub"))
      .doc("The difference of two tensors, the second multiplied by alpha.")
      .formula("y = a - alpha*b");
  elementwise_kernels<Sub>(p, "core.sub", Numbers{}).may_alias({0}).pass_dout({0});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op add_op("core.add"), sub_op("core.sub");
}

Tensor operator+(const Tensor& a, const Tensor& b) { return run(add_op, {&a, &b}); }
Tensor operator+(const Tensor& a, Scalar b) { return a + wrapped_number(b, a); }
Tensor operator+(Scalar a, const Tensor& b) { return wrapped_number(a, b) + b; }
Tensor operator-(const Tensor& a, const Tensor& b) { return run(sub_op, {&a, &b}); }
Tensor operator-(const Tensor& a, Scalar b) { return a - wrapped_number(b, a); }
Tensor operator-(Scalar a, const Tensor& b) { return wrapped_number(a, b) - b; }

Tensor Tensor::add(const Tensor& other, Scalar alpha) const {
  return run(add_op, {this, &other}, {alpha});
}
Tensor Tensor::add(Scalar other) const { return *this + other; }
Tensor Tensor::sub(const Tensor& other, Scalar alpha) const {
  return run(sub_op, {this, &other}, {alpha});
}
Tensor Tensor::sub(Scalar other) const { return *this - other; }

Tensor Tensor::add_(const Tensor& other, Scalar alpha) const {
  return run_in_place(add_op, {this, &other}, {alpha});
}
Tensor Tensor::add_(Scalar other) const { return add_(wrapped_number(other, *this)); }
Tensor Tensor::sub_(const Tensor& other, Scalar alpha) const {
  return run_in_place(sub_op, {this, &other}, {alpha});
}
Tensor Tensor::sub_(Scalar other) const { return sub_(wrapped_number(other, *this)); }

}  // namespace hg
