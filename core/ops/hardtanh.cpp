// hardtanh, relu6: a straight line, cut off at both ends.
//
// Forward.
//
//     y = low if x < low,  high if x > high,  else x
//
//   From -1 to 1 this is a tanh made of straight pieces; from 0 to 6 it is relu6, a relu
//   whose outputs fit into few bits.
//
// Backward.  Inside the range y moves as x does, outside it stays:
//
//     dL/dx = 0 if x <= low or x >= high, else dy                                (*)
//
//   At the corners themselves 0 is taken, as relu takes it at 0. (clamp, the same curve,
//   takes 1 there; both as PyTorch does.)
//
//   Check by thought: (*) with low = 0 and high = inf is relu's.
//
// Saved for backward: x.
#include "nn/functional.hpp"
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

template <class T>
struct Hardtanh {
  static constexpr bool keeps_x = true;
  T low, high;
  explicit Hardtanh(const Call& c)
      : low(bound(c, 0, "min_val")), high(bound(c, 1, "max_val")) {
    require(low <= high, "min_val is ", +low, ", max_val is ", +high,
            ": there is nothing between them");
  }
  T y(T x) const { return x < low ? low : x > high ? high : x; }
  T dx(T x, T dy) const { return x <= low || x >= high ? T(0) : dy; }

 private:
  static T bound(const Call& c, uint32_t k, const char* name) {
    const double v = c.attr(k).number();
    require(!is_whole<T> || v == std::trunc(v), name, " is ", v, ", the tensor of type ",
            plugin::type_text(c.in(0)), ": whole numbers take whole bounds",
            "\n  hint: convert it first: x.to(f32)");
    require(!is_whole<T> || double(convert<T>(v)) == v, name, " is ", v,
            ", which is beyond the type of the tensor, ", plugin::type_text(c.in(0)));
    return convert<T>(v);
  }
};

}  // namespace

void describe_hardtanh(plugin::Plugin& p) {
  describe_with<Hardtanh>(p, "core.hardtanh", Numbers{})
      .doc("Every element, cut off at both ends of a range.")
      .formula("y = min(max(x, min_val), max_val)")
      .attr("min_val", HG_FLOAT, -1.0, "the lower end")
      .attr("max_val", HG_FLOAT, 1.0, "the upper end")
      .sample("normal[3,4]")
      .sample("distinct", R"({"min_val":0,"max_val":6})")
      .sample("distinct[2,1,3]", R"({"min_val":-0.25,"max_val":0.3})");
}

}  // namespace ops

namespace nn::functional {

static constinit const Op op("core.hardtanh");

Tensor hardtanh(const Tensor& x, double min_val, double max_val) {
  return run(op, {&x}, {min_val, max_val});
}
Tensor relu6(const Tensor& x) { return run(op, {&x}, {0.0, 6.0}); }

}  // namespace nn::functional
}  // namespace hg
