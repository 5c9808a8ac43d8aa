// # Solutions to 2.51, Shapes, types and shared memory

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

// The way back of broadcasting. Axes that the shape does not have, on the left, are summed
// away; axes where it has size 1 are summed and kept.
Tensor sum_to(Tensor g, const Shape& shape) {
  while (g.dim() > shape.size()) g = g.sum(0);
  for (int axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 1 && g.size(axis) != 1) g = g.sum(axis, true);
  }
  return g;
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.51 Shapes, types and shared memory: solutions");

  // **1.** A vector on the left is a row, (1,3), and that axis is dropped again: (2,4). In
  // the second the matrices are (4,3) and (3,2), the batches (2,1) and (5): (2,5,4,2). Then
  // two broadcasts: (2,2,4) and (4,4). The last is a sum over three columns without rows:
  // (3), and a sum of nothing is 0.

  lesson.expect("(3) @ (2,3,4)", matmul(ones({3}), ones({2, 3, 4})).shape() == Shape{2, 4});
  lesson.expect("(2,1,4,3) @ (5,3,2)",
                matmul(ones({2, 1, 4, 3}), ones({5, 3, 2})).shape() == Shape{2, 5, 4, 2});
  lesson.expect("(2,2,4) + (2,1)",
                (ones({2, 2, 4}) + ones({2, 1})).shape() == Shape{2, 2, 4});
  lesson.expect("(4,1) * (4)", (ones({4, 1}) * ones({4})).shape() == Shape{4, 4});
  lesson.expect("the sum of no rows", zeros({0, 3}).sum(0).equal(zeros({3})));

  // **2.** The transpose and the flattened m read m's own memory. Flattening the transpose
  // must copy, as its elements stand in another order. A mask copies, a slice doesn't.
  // to(f32) has nothing to do for an f32 tensor and returns it as it is, memory and all;
  // to(f64) converts. We write into each and look whether m has changed.

  const Tensor m = arange(16.).view({4, 4});  // (4,4) of f32
  const auto writes_into_m = [&m](const Tensor& t) {
    const Tensor before = m.clone();  // (4,4)
    t.add_(100);
    const bool changed = !m.equal(before);
    m.copy_(before);
    return changed;
  };
  lesson.expect("m.t() is m", writes_into_m(m.t()));
  lesson.expect("m.flatten() is m", writes_into_m(m.flatten()));
  lesson.expect("m.t().flatten() is a copy", !writes_into_m(m.t().flatten()));
  lesson.expect("m[m > 3] is a copy", !writes_into_m(m[m > 3]));
  lesson.expect("every other column is m", writes_into_m(m[{all, slice(0, {}, 2)}]));
  lesson.expect("m.to(f32) is m", writes_into_m(m.to(f32)));
  lesson.expect("m.to(f64) is a copy", !writes_into_m(m.to(f64)));

  // **3.** Element k of the long row is element (k / C, k % C) of the matrix, at
  // s*(k / C) + t*(k % C). Within a row each step is t. From the end of a row to the next
  // one the step is s - t (C - 1), and that must be t as well:
  //
  //     s - t (C - 1) = t      <=>      s = t C
  //
  // With a single row there is no next row, and with a single column no step within one, so
  // then every s will do. We ask `view` about all slices of a (6,8) matrix.

  const Tensor big = arange(48).view({6, 8});  // (6,8)
  int agreed = 0, asked = 0, possible = 0;
  for (int64_t rows = 1; rows <= 6; ++rows) {
    for (int64_t columns = 1; columns <= 8; ++columns) {
      for (int64_t step = 1; step <= 3; ++step) {
        const Tensor part = big[{slice(0, rows), slice(0, columns, step)}];  // (R,C)
        const int64_t R = part.size(0), C = part.size(1);
        const bool by_rule = R == 1 || C == 1 || part.strides()[0] == part.strides()[1] * C;
        bool viewed = true;
        try {
          part.view({R * C});
        } catch (const Error&) {
          viewed = false;
        }
        ++asked;
        possible += viewed;
        agreed += viewed == by_rule;
      }
    }
  }
  std::printf("%d of %d slices can be viewed as a row\n", possible, asked);
  lesson.expect("slices where the rule and view agree", agreed, near(asked, 0));

  // **4.** The new axis has size 2 and stride 0: both layers begin at the same place. It is
  // what `expand` does, and what + does inside.

  const Tensor x = arange(16).view({2, 2, 4});                                   // (2,2,4)
  const Tensor y = arange(8).view({2, 4});                                       // (2,4)
  const Tensor twice = from_blob(y.data(), {2, 2, 4}, i64, {}, Shape{0, 4, 1});  // (2,2,4)
  lesson.expect("broadcast by strides", (x + twice).equal(x + y));
  lesson.expect("expand has the same strides",
                y.expand({2, 2, 4}).strides() == twice.strides());

  // **5.** sum_to stands on top. For a product the gradient of each factor is the other
  // one, here weighted with random numbers c so that no place counts as much as another.

  const std::vector<std::pair<Shape, Shape>> pairs = {
      {{2, 2, 4}, {2, 4}}, {{3, 1}, {1, 4}}, {{5, 1, 4}, {3, 1}}, {{2, 3}, {}}, {{}, {}},
      {{1}, {4, 2}},       {{0, 3}, {3}},    {{2, 3}, {2, 3}}};
  double worst = 0;
  int shapes_right = 0;
  for (const auto& [left, right] : pairs) {
    const Tensor a = randn(left, f64).requires_grad_();   // left
    const Tensor b = randn(right, f64).requires_grad_();  // right
    const Tensor product = a * b;                         // what they broadcast to
    const Tensor c = randn_like(product);
    product.backward(c);
    const Tensor ga = sum_to(c * b.detach(), left);   // left
    const Tensor gb = sum_to(c * a.detach(), right);  // right
    shapes_right += ga.shape() == left && gb.shape() == right;
    worst = std::max(worst, (ga - a.grad()).abs().sum().item());
    worst = std::max(worst, (gb - b.grad()).abs().sum().item());
  }
  lesson.expect("pairs with the right shapes", shapes_right, near(pairs.size(), 0));
  lesson.expect("largest difference of a gradient", worst, at_most(1e-12));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
