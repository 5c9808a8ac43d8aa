// contiguous, clone, to, copy, fill: the same numbers in another place, order or type.
//
// Forward.
//
//     contiguous, clone:  y = x, row-major in fresh memory
//     to:                 y = x as another element type (tensor/convert.hpp has the rules)
//     copy:               y = src, stretched to the shape of self, as self's type
//     fill:               y = value, in the shape and type of self
//
//   copy and fill exist to run in place: y then replaces self's contents. The clone of a
//   transposed tensor is row-major too, where PyTorch's keeps the strides.
//
// Backward.  Moving a number does not change it. A conversion between floating-point types
//   rounds it, a staircase too fine to matter, whose slope is taken as 1 throughout:
//
//     dL/dx = dy, as x's type                                                    (*)
//     dL/dsrc = dy, as src's type, summed where src was stretched (broadcast.hpp)
//     dL/dself = 0
//
//   Check by thought: after x.copy_(s), x is s; nothing of what x was can reach the loss.
//
// Saved for backward: nothing.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

// Copies `from` to `to`, whatever their types and strides; if they are large and of one
// shape, several threads share out the first axis.
void copy_all(const Call& c, const hg_tensor& to, const hg_tensor& from) {
  int64_t n = hg_numel(&to);
  if (n <= grain || !same_shape(to, from)) return copy_elements(to, from);
  int64_t rows = to.shape[0], row = n / rows;
  c.parallel(rows, std::max<int64_t>(1, grain / row), [&](int64_t i, int64_t end) {
    Shape shape = shape_of(to);
    shape[0] = end - i;
    auto part = [&](hg_tensor t) {
      t.shape = shape.begin();
      t.data = static_cast<char*>(t.data) + i * t.strides[0] * (t.bits / 8);
      return t;
    };
    copy_elements(part(to), part(from));
  });
}

struct Contiguous {
  static void infer(Call& c) { c.like(0, c.in(0)); }
  template <class T>
  static void forward(Call& c) { copy_all(c, c.out(0), c.in(0)); }
  template <class T>
  static void backward(Call& c) {
    if (c.wants(0)) copy_all(c, c.din(0), c.dout(0));
  }
};

// The element types of x and y differ here, and copy_elements knows all pairs.
struct To : Contiguous {
  static void infer(Call& c) {
    c.like(0, c.in(0));
    const DTypeInfo& type = info(dtype_from_name(c.attr(0).string()));
    c.set_type(0, type.code, type.bits);
  }
};

struct Copy {
  static void infer(Call& c) {
    const hg_tensor &self = c.in(0), &src = c.in(1);
    c.like(0, self);
    bool fits = src.ndim <= self.ndim;
    for (int i = 1; fits && i <= src.ndim; ++i) {
      int64_t n = src.shape[src.ndim - i];
      fits = n == 1 || n == self.shape[self.ndim - i];
    }
    require(fits, "src is ", plugin::shape_text(src), ", which does not stretch to ",
            plugin::shape_text(self), ", the shape of self");
  }
  template <class T>
  static void forward(Call& c) { copy_all(c, c.out(0), c.in(1)); }
  template <class T>
  static void backward(Call& c) {
    if (c.wants(0)) std::memset(c.din(0).data, 0, size_t(hg_numel(&c.din(0))) * sizeof(T));
    if (c.wants(1)) visit(dtype_of(c.din(1)), [&]<class S>() { gradient_of_src<S>(c); });
  }

 private:
  template <class S>
  static void gradient_of_src(Call& c) {
    visit(dtype_of(c.dout(0)), [&]<class Y>() {
      if constexpr (!std::is_integral_v<S> && !std::is_integral_v<Y>) {
        gradient<S>(c, 1, [](Y dy) { return convert<S>(dy); }, Elements<Y>{c.dout(0)});
      }
    });
  }
};

struct Fill {
  static void infer(Call& c) { c.like(0, c.in(0)); }
  template <class T>
  static void forward(Call& c) {
    T value = convert<T>(c.attr(0).number());
    std::fill_n(c.out<T>(0), hg_numel(&c.out(0)), value);
  }
  template <class T>
  static void backward(Call& c) {
    if (c.wants(0)) std::memset(c.din(0).data, 0, size_t(hg_numel(&c.din(0))) * sizeof(T));
  }
};

using EveryType = Types<float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool,
                        Half, BFloat16>;

}  // namespace

void describe_copy(plugin::Plugin& p) {
  for (const char* name : {"core.contiguous", "core.clone"}) {
    p.op<Contiguous>(name)
        .doc("A copy in row-major order.")
        .formula("y = x")
        .in("input").out("output")
        .sample("normal[3,4]").sample("normal").sample("normal[2,1,3]");
    elementwise_kernels<Contiguous>(p, name, EveryType{});
  }

  p.op<To>("core.to")
      .doc("The same numbers as another element type.")
      .formula("y = x, converted")
      .in("input").out("output")
      .attr("dtype", HG_STRING, "f32", "its name: f32, bool, ...; or float32, ...")
      .sample("normal[3,4]", R"({"dtype":"f64"})")
      .sample("normal[3,4]", R"({"dtype":"f32"})");
  elementwise_kernels<To>(p, "core.to", EveryType{});

  p.op<Copy>("core.copy")
      .doc("self's contents replaced by those of src, stretched and converted.")
      .formula("y = src")
      .in("self").in("src").out("output")
      .sample("normal[3,4] normal[3,4]").sample("normal[3,4] normal[4]")
      .sample("normal[2,3] normal");
  elementwise_kernels<Copy>(p, "core.copy", EveryType{}).may_alias({0});

  p.op<Fill>("core.fill")
      .doc("self's contents replaced by one number.")
      .formula("y = value")
      .in("self").out("output")
      .attr("value", HG_FLOAT, 0.0, "the number, converted to self's type")
      .sample("normal[3,4]", R"({"value":0.5})");
  elementwise_kernels<Fill>(p, "core.fill", EveryType{}).may_alias({0});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op contiguous_op("core.contiguous"), clone_op("core.clone"),
    to_op("core.to"), copy_op("core.copy"), fill_op("core.fill");
}

Tensor Tensor::clone() const { return run(clone_op, {this}); }
Tensor Tensor::contiguous() const {
  return is_contiguous() ? *this : run(contiguous_op, {this});
}
Tensor Tensor::to(DType type) const {
  return dtype() == type ? *this : run(to_op, {this}, {name(type)});
}

Tensor Tensor::copy_(const Tensor& source) const {
  return run_in_place(copy_op, {this, &source});
}

// Attributes are doubles; a whole number that they cannot hold goes by way of a tensor.
Tensor Tensor::fill_(Scalar value) const {
  constexpr int64_t exact = int64_t(1) << 53;
  bool fits = value.kind() == 2 || std::abs(value.to_int64()) <= exact;
  return fits ? run_in_place(fill_op, {this}, {value.to_double()})
              : copy_(wrapped_number(value, *this));
}
Tensor Tensor::zero_() const { return fill_(0); }

}  // namespace hg
