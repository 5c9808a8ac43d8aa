// matmul: the product of matrices, and of stacks of them.
//
// Forward.  For a (N,K) and b (K,M):
//
//     y[n,m] = sum_k a[n,k] b[k,m]
//
//   More axes in front number a stack of matrices, and the stacks broadcast: (4,1,N,K)
//   times (3,K,M) is (4,3,N,M). A vector on the left counts as one row (1,K), a vector on
//   the right as one column (K,1), and that axis goes from the result:
//
//     (K)   x (K)   -> ()        (N,K) x (K) -> (N)        (K) x (B,K,M) -> (B,M)
//
// Backward.  Given dy[n,m] = dL/dy[n,m]. a[n,k] enters row n of y, once in every column m,
// with the factor b[k,m]; b[k,m] enters column m, once in every row n, with a[n,k]:
//
//     dL/da[n,k] = sum_m dy[n,m] b[k,m]           da = dy b^T                 (*)
//     dL/db[k,m] = sum_n a[n,k] dy[n,m]           db = a^T dy                 (*)
//
//   The transposes are not remembered but read off: the index that is summed over is the
//   last of both factors in the first line, and the first of both in the second. A matrix
//   that broadcasting used for several others of the stack has a path through each of
//   these products; its gradient is their sum.
//
//   Check by thought: the shapes. (N,M) (M,K) is (N,K), as da must be, and (K,N) (N,M) is
//   (K,M), as db must be. With N = K = M = 1 it is the product rule, da = dy*b, db = a*dy.
//
// Saved for backward: a if b wants a gradient, b if a does (HG_KEEP_CROSSWISE). A gradient
// that other uses of a or b have begun is added to in place (HG_ACCUMULATES).
//
// Memory.  The host's product reads a matrix row by row or, transposed, column by column.
//   So a matrix whose rows or columns are dense is read where it lies, whatever the view;
//   any other is copied first.
#include "ops/functions.hpp"
#include "ops/matrix.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

// A vector on the left is a row, on the right a column; y lacks that side.
template <class T>
Stack<T> left(const hg_tensor& a) {
  return {a, a.ndim > 1, true};
}
template <class T>
Stack<T> right(const hg_tensor& b) {
  return {b, true, b.ndim > 1};
}
template <class T>
Stack<T> result(const Call& c, const hg_tensor& y) {
  return {y, c.in(0).ndim > 1, c.in(1).ndim > 1};
}

struct Matmul {
  static void infer(Call& c) {
    const hg_tensor &a = c.in(0), &b = c.in(1);
    require(a.ndim > 0 && b.ndim > 0, "a is ", shape_text(a), ", b is ", shape_text(b),
            ": both need an axis to sum over\n  hint: a number times a tensor is a * b");
    require(a.code == b.code && a.bits == b.bits, "a is ", plugin::type_text(a), ", b is ",
            plugin::type_text(b), ": both must have one element type\n  hint: b.to(",
            plugin::type_text(a), ") converts b");
    check_inner(a, b);
    Shape shape = stack_shape(a, b);
    if (a.ndim > 1) shape.push_back(a.shape[a.ndim - 2]);
    if (b.ndim > 1) shape.push_back(b.shape[b.ndim - 1]);
    c.shape(0, shape, a);
  }

  template <class T>
  static void forward(Call& c) {
    multiply<T>(c, left<const T>(c.in(0)), right<const T>(c.in(1)), result<T>(c, c.out(0)));
  }

  template <class T>
  static void backward(Call& c) {
    auto a = left<const T>(c.in(0)), b = right<const T>(c.in(1));
    auto dy = result<const T>(c, c.dout(0));
    // (*)
    if (c.wants(0)) multiply<T>(c, dy, b.transposed(), left<T>(c.din(0)), c.adds(0));
    if (c.wants(1)) multiply<T>(c, a.transposed(), dy, right<T>(c.din(1)), c.adds(1));
  }

 private:
  // The sizes that are summed over must agree.
  static void check_inner(const hg_tensor& a, const hg_tensor& b) {
    int64_t columns = a.shape[a.ndim - 1], rows = b.shape[b.ndim > 1 ? b.ndim - 2 : 0];
    bool b_turned = b.ndim > 1 && b.shape[b.ndim - 1] == columns;
    bool a_turned = a.ndim > 1 && a.shape[a.ndim - 2] == rows;
    require(columns == rows, "a is ", shape_text(a), ", b is ", shape_text(b), ": a's ",
            columns, a.ndim > 1 ? " columns" : " elements", " must meet b's ",
            b.ndim > 1 ? "rows" : "elements", ", which are ", rows,
            b_turned   ? "\n  hint: transpose(b) would fit"
            : a_turned ? "\n  hint: transpose(a) would fit"
                       : "");
  }

  // What the axes before the matrices broadcast to.
  static Shape stack_shape(const hg_tensor& a, const hg_tensor& b) {
    const hg_tensor &longer = a.ndim >= b.ndim ? a : b, &shorter = a.ndim >= b.ndim ? b : a;
    Shape stack;
    for (int d = 0; d < longer.ndim - 2; ++d) {
      int e = d - (longer.ndim - shorter.ndim);  // the same axis of the shorter one
      int64_t n = longer.shape[d], m = e >= 0 ? shorter.shape[e] : 1;
      require(n == m || n == 1 || m == 1, "a is ", shape_text(a), ", b is ", shape_text(b),
              ": the stacks of matrices do not broadcast, as sizes ", &longer == &a ? n : m,
              " and ", &longer == &a ? m : n, " differ and neither is 1");
      stack.push_back(n == 1 ? m : n);
    }
    return stack;
  }
};

}  // namespace

void describe_matmul(plugin::Plugin& p) {
  p.op<Matmul>("core.matmul")
      .doc("the product of two matrices, vectors, or stacks of matrices")
      .formula("y[n,m] = sum_k a[n,k] b[k,m]")
      .in("input", "a: (..., N, K) or (K)")
      .in("other", "b: (..., K, M) or (K)")
      .out("output", "(..., N, M)")
      .sample("normal[3,4] normal[4,5]")
      .sample("normal[4] normal[4]")
      .sample("normal[3,4] normal[4]")
      .sample("normal[4] normal[2,4,3]")
      .sample("normal[2,1,3,4] normal[3,4,2]")
      .sample("normal[2,3,4] normal[4,1]")
      .sample("normal[3,0] normal[0,2]");
  p.kernel<Matmul, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t>("core.matmul")
      .keep_in({0, 1})
      .flags(HG_STRIDED_OK | HG_ACCUMULATES | HG_KEEP_CROSSWISE);
}

}  // namespace ops

// ---- the face ---------------------------------------------------------------------------

Tensor Tensor::matmul(const Tensor& other) const {
  static constinit const Op op("core.matmul");
  return run(op, {this, &other});
}

// mm, mv, dot and bmm are matmul for one choice of ranks each, so that a program can say
// what it expects.
static void check_ranks(const char* operation, const Tensor& a, int a_rank, const Tensor& b,
                        int b_rank) {
  if (a.dim() == a_rank && b.dim() == b_rank) return;
  auto axes = [](int n) { return std::to_string(n) + (n == 1 ? " axis" : " axes"); };
  throw Error(operation,
              "a is " + a.shape().to_string() + ", b is " + b.shape().to_string() +
                  ": a must have " + axes(a_rank) + " and b " + axes(b_rank),
              "matmul() takes any ranks");
}

Tensor Tensor::mm(const Tensor& other) const {
  check_ranks("mm", *this, 2, other, 2);
  return matmul(other);
}

Tensor Tensor::mv(const Tensor& vector) const {
  check_ranks("mv", *this, 2, vector, 1);
  return matmul(vector);
}

Tensor Tensor::dot(const Tensor& other) const {
  check_ranks("dot", *this, 1, other, 1);
  return matmul(other);
}

Tensor Tensor::bmm(const Tensor& other) const {
  check_ranks("bmm", *this, 3, other, 3);
  if (size(0) != other.size(0)) {
    throw Error("bmm",
                "a is " + shape().to_string() + ", b is " + other.shape().to_string() +
                    ": the stacks hold " + std::to_string(size(0)) + " and " +
                    std::to_string(other.size(0)) + " matrices",
                "matmul() broadcasts a stack of one");
  }
  return matmul(other);
}

}  // namespace hg
