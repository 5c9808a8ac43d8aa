// one_hot: class numbers as rows with a single 1.
//
//     y[..., k] = (x[...] == k)            k = 0 to K-1
//
//   K is num_classes; -1 stands for one more than the largest x. Classes have no order,
//   and neither have these rows: any two of them are equally far apart.
//
// x is whole numbers, y as well: nothing is to be differentiated here.
#include "ops/functions.hpp"
#include "ops/ops.hpp"
#include "tensor/strides.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

struct OneHot {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    require(x.code == HG_INT_CODE && x.bits == 64, "input is ", plugin::type_text(x),
            "; class numbers must be i64\n  hint: x.to(i64)");
    int64_t K = c.attr(0).integer();
    require(K != 0, "num_classes is 0; it must be positive, or -1 to count");
    if (K == -1) {
      require(hg_numel(&x) > 0, "there is no largest class in an empty tensor",
              "\n  hint: give num_classes");
      require(x.dev_type == HG_CPU, "the tensor is not on the cpu",
              "\n  hint: give num_classes");
      K = largest(x) + 1;
    }
    Shape shape = shape_of(x);
    shape.push_back(std::max<int64_t>(K, 0));
    c.shape(0, shape, x);
  }

  template <class T>
  static void forward(Call& c) {
    const int64_t* x = c.in<int64_t>(0);
    int64_t* y = c.out<int64_t>(0);
    int64_t K = c.out(0).shape[c.out(0).ndim - 1], N = hg_numel(&c.in(0));
    std::fill(y, y + N * K, int64_t(0));
    for (int64_t n = 0; n < N; ++n) {
      require(x[n] >= 0, "class ", x[n], " is negative; classes count from 0");
      require(x[n] < K, "class ", x[n], " is not one of the ", K, " classes, 0 to ", K - 1);
      y[n * K + x[n]] = 1;
    }
  }

 private:
  static int64_t largest(const hg_tensor& x) {
    auto* data = static_cast<const int64_t*>(x.data);
    int64_t result = data[0];
    Loops<1> loops(shape_of(x), {strides_of(x)});
    loops.for_each_row([&](const auto& at, int64_t n) {
      for (int64_t i = 0; i < n; ++i) {
        result = std::max(result, data[at[0] + i * loops.inner()[0]]);
      }
    });
    return result;
  }
};

}  // namespace

void describe_one_hot(plugin::Plugin& p) {
  p.op<OneHot>("core.one_hot")
      .doc("class numbers as rows with a single 1")
      .formula("y[..., k] = (x[...] == k)")
      .in("input", "i64")
      .out("output", "i64, with a last axis of the classes")
      .flags(HG_NO_GRAD)
      .attr("num_classes", HG_INT, -1, "-1: one more than the largest class in input", -1)
      .sample("index(4)[5]")
      .sample("index(3)[2,2]", R"({"num_classes":5})");
  p.kernel<OneHot, int64_t>("core.one_hot");
}

}  // namespace ops

Tensor one_hot(const Tensor& x, int64_t classes) {
  static constinit const Op op("core.one_hot");
  return run(op, {&x}, {classes});
}

}  // namespace hg
