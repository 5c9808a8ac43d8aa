// # Solutions to 2.3, Linear algebra

#include <cmath>
#include <iostream>

#include "handgrad.hpp"
using namespace hg;

namespace {

double largest_difference(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item();
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.3 Linear algebra: solutions");

  // **1.** The axes summed along disappear; with `keepdim` they become 1.

  const Tensor X = ones({2, 3, 4});  // (2,3,4)
  lesson.expect("sum(0)", X.sum(0).shape() == Shape{3, 4});
  lesson.expect("sum(1)", X.sum(1).shape() == Shape{2, 4});
  lesson.expect("sum(2)", X.sum(2).shape() == Shape{2, 3});
  lesson.expect("sum({0,2})", X.sum({0, 2}).shape() == Shape{3});
  lesson.expect("sum({0,2}), keepdim", X.sum({0, 2}, true).shape() == Shape{1, 3, 1});

  // `A.sum(0)` has shape (4), which meets the 4 columns of A from the right: column j is
  // divided by its own sum. `A.sum(1)` has shape (5), and 5 meets 4. For a square A the
  // sizes agree by chance: then column j gets divided by the sum of *row* j, nobody
  // complains, and the rows don't add up to 1.

  const Tensor uneven = tensor({{1., 1.}, {2., 4.}});  // (2,2), rows with sums 2 and 6
  const Tensor wrong = uneven / uneven.sum(1), right = uneven / uneven.sum(1, true);
  std::cout << "rows add up to " << wrong.sum(1) << " and to " << right.sum(1) << "\n";
  lesson.expect("wrong without keepdim", !wrong.sum(1).allclose(ones({2})));
  lesson.expect("right with it", right.sum(1).allclose(ones({2})));

  // **2.** Element i,k of the left side is element k,i of A B. Swap the two factors, and
  // read each as an element of its transpose:
  //
  //     (A B)[k,i] = sum_j A[k,j]*B[j,i] = sum_j B^T[i,j]*A^T[j,k] = (B^T A^T)[i,k]

  const Tensor A = randn({3, 4}, f64), B = randn({4, 5}, f64);
  lesson.expect("(A B)^T against B^T A^T: error",
                largest_difference(mm(A, B).T(), mm(B.T(), A.T())), at_most(1e-13));

  // **3.** Element i,j of A + A^T is A[i,j] + A[j,i], which is the same with i and j
  // exchanged. And x^T A x is one number, so it equals its own transpose x^T A^T x; the
  // difference of the two is x^T (A - A^T) x = 0.

  const Tensor S = randn({4, 4}, f64), x = randn({4}, f64);
  lesson.expect("A + A^T is symmetric", (S + S.T()).equal((S + S.T()).T()));
  lesson.expect("x^T (A - A^T) x", std::abs(dot(x, mv(S - S.T(), x)).item()),
                at_most(1e-13));

  // **4.** Row i of the running total adds up the rows 0 to i, so L[i,k] is 1 for k <= i
  // and 0 above the diagonal.

  const Tensor table = arange(20).reshape({5, 4}).to(f32);         // (5,4)
  const Tensor L = (arange(5).unsqueeze(1) >= arange(5)).to(f32);  // (5,1) (5) -> (5,5)
  std::cout << L << "\n";
  lesson.expect("L A is the running total", mm(L, table).equal(table.cumsum(0)));

  // **5.** Multiply out the square of |x|_1: it holds every x[j]^2, and products of
  // absolute values besides, which are not negative. So |x|_2^2 <= |x|_1^2, with equality
  // if at most one element is not 0. For the other end, |x|_1 is the dot product of the
  // absolute values with a vector of n ones. A dot product is at most the product of both
  // lengths (Cauchy-Schwarz), and the ones have length sqrt(n). Equality needs vectors of
  // one direction: all |x[j]| the same.

  const int n = 8;
  const Tensor draws = randn({1000, n}, f64);                         // (1000,8)
  const Tensor one = norm(draws, 1, {1}), two = norm(draws, 2, {1});  // (1000)
  const double root = std::sqrt(double(n));
  lesson.expect("|x|_2 <= |x|_1, of 1000", (two <= one).sum().item(), near(1000, 0));
  lesson.expect("|x|_1 <= sqrt(n) |x|_2, of 1000",
                (one <= root * two * (1 + 1e-12)).sum().item(), near(1000, 0));
  const Tensor axis = tensor({0., 0., -3., 0.}), corner = tensor({2., -2., 2., 2.});
  lesson.expect("equal on an axis", norm(axis, 1).item() == norm(axis).item());
  lesson.expect("equal in a corner", norm(corner, 1).item(),
                near(2 * norm(corner).item(), 1e-6));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
