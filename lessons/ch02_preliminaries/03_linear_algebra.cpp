// # 2.3 Linear algebra
//
// A stall sells four kinds of fruit on five days. How much did it take each day, how much
// fruit went of each kind, and how far apart are two weeks? Sums along one axis, products
// of a matrix with a vector, and a length for a whole table of numbers answer such
// questions. A neural network is made of the same three, and spends most of its time on the
// products.
//
// You know: tensors, shapes, broadcasting (2.1).    New here: sums along axes, three
// products, norms.

#include <cstdio>
#include <functional>
#include <iostream>
#include <numbers>
#include <string>
#include <utility>

#include "handgrad.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.3 Linear algebra");

  // ## Numbers, vectors, matrices
  // One number is a *scalar*, here a tensor of rank 0. A *vector* is a list of numbers, its
  // *elements* or *components*; how many there are is its *dimension*. A *matrix* is a
  // table with rows and columns. (Two words have two meanings. The rank of a tensor is the
  // number of its axes; that of a matrix, in linear algebra, is how many of its rows don't
  // follow from the others. And "dimension" is also used for an axis, as in "dim 0".) Our
  // sales are a matrix, with numbers so simple that you can follow every result in your
  // head: row i is a day, column j a kind of fruit.

  const Tensor A = arange(20).reshape({5, 4}).to(f32);  // (5,4) boxes sold
  const Tensor x = arange(4).to(f32);                   // (4)   coins per box
  std::cout << A << "\n" << x << "\n";
  std::cout << "A has " << len(A) << " rows, x has " << len(x) << " elements, x[3] is "
            << x[3].item() << "\n";
  //> tensor([[ 0.,  1.,  2.,  3.],
  //>         [ 4.,  5.,  6.,  7.],
  //>         [ 8.,  9., 10., 11.],
  //>         [12., 13., 14., 15.],
  //>         [16., 17., 18., 19.]])
  //> tensor([0., 1., 2., 3.])
  //> A has 5 rows, x has 4 elements, x[3] is 3

  // The *transpose* turns rows into columns: element i,j of A^T is element j,i of A.
  // Nothing moves in memory for it; the transpose is a view that walks the same numbers in
  // another order. A square matrix that equals its transpose is called *symmetric*: a table
  // of distances between towns is one, because there is as far as back.

  std::cout << A.T() << "\n";                                  // (4,5)
  const Tensor S = tensor({{1, 2, 3}, {2, 0, 4}, {3, 4, 5}});  // (3,3)
  std::cout << (S == S.T()) << "\n";
  //> tensor([[ 0.,  4.,  8., 12., 16.],
  //>         [ 1.,  5.,  9., 13., 17.],
  //>         [ 2.,  6., 10., 14., 18.],
  //>         [ 3.,  7., 11., 15., 19.]])
  //> tensor([[True, True, True],
  //>         [True, True, True],
  //>         [True, True, True]])

  // Sums and multiples of matrices go element by element. So does `A * B`, which has a
  // name, the *Hadamard product*. It is not the matrix product, which comes further down.

  const Tensor B = A.clone();  // (5,4)
  std::cout << (A + B)[1] << "\n" << (A * B)[1] << "\n" << (2 + A)[1] << "\n";
  //> tensor([ 8., 10., 12., 14.])
  //> tensor([16., 25., 36., 49.])
  //> tensor([6., 7., 8., 9.])

  // ## Sums
  // `sum()` adds up everything. `sum(axis)` adds up *along* that axis, which is gone from
  // the shape afterwards. Along the days (axis 0) remains one number for each fruit, along
  // the fruits (axis 1) one for each day. Over both axes it is the sum of all again.

  std::cout << A.sum() << "\n"         // ()   boxes
            << A.sum(0) << "\n"        // (4)  boxes of each fruit: over 5 days
            << A.sum(1) << "\n"        // (5)  boxes on each day: over 4 fruits
            << A.sum({0, 1}) << "\n";  // ()
  //> tensor(190.)
  //> tensor([40., 45., 50., 55.])
  //> tensor([ 6., 22., 38., 54., 70.])
  //> tensor(190.)

  // The *mean* is the sum divided by how many numbers were added: by `numel()`, the number
  // of all elements, for the whole, and by the size of the axis for one along it.

  std::cout << A.mean() << " " << A.sum() / A.numel() << "\n"
            << A.mean(0) << " " << A.sum(0) / A.size(0) << "\n";
  //> tensor(9.5000) tensor(9.5000)
  //> tensor([ 8.,  9., 10., 11.]) tensor([ 8.,  9., 10., 11.])

  // To get each day's share of every fruit we divide by the row's sum. Shapes (5,4) and (5)
  // don't broadcast: flush right, 4 meets 5. `keepdim` leaves the summed axis in place with
  // size 1, and (5,4) with (5,1) fits.

  const Tensor per_day = A.sum(1, true);  // (5,1)
  const Tensor share = A / per_day;       // (5,4), each row adds up to 1
  std::cout << share << "\n";
  //> tensor([[0.0000, 0.1667, 0.3333, 0.5000],
  //>         [0.1818, 0.2273, 0.2727, 0.3182],
  //>         [0.2105, 0.2368, 0.2632, 0.2895],
  //>         [0.2222, 0.2407, 0.2593, 0.2778],
  //>         [0.2286, 0.2429, 0.2571, 0.2714]])

  // And `cumsum` doesn't sum the axis away: it keeps the running total, here of the boxes
  // sold since the first day.

  std::cout << A.cumsum(0) << "\n";  // (5,4)
  //> tensor([[ 0.,  1.,  2.,  3.],
  //>         [ 4.,  6.,  8., 10.],
  //>         [12., 15., 18., 21.],
  //>         [24., 28., 32., 36.],
  //>         [40., 45., 50., 55.]])

  // ## The dot product
  // Two vectors of equal size, multiplied element by element and added up:
  //
  //     x . y = sum_j x[j]*y[j]
  //
  // Boxes times coins per box, over all fruits: coins. If the weights are not negative and
  // add up to 1, it is a *weighted average*.

  const Tensor y = ones({4});                             // (4) a box of each
  const Tensor weights = tensor({0.1, 0.2, 0.3, 0.4});    // (4) they add up to 1
  std::cout << dot(x, y) << " " << (x * y).sum() << "\n"  // (), the same twice
            << dot(x, weights) << "\n";                   // (), an average of the prices
  //> tensor(6.) tensor(6.)
  //> tensor(2.)

  // ## Matrix times vector
  // What did the stall take each day? For every row of A, its dot product with the prices:
  //
  //     (A x)[i] = sum_j A[i,j]*x[j]                 (5,4) (4) -> (5)
  //
  // The columns of A and the elements of x are the same fruits, so the two sizes must
  // agree, and that index is the one summed away. A matrix turns each vector of 4 numbers
  // into one of 5, and does it so that sums and multiples are kept: A(x + 2y) = Ax + 2Ay.
  // That is what *linear* means.

  std::cout << mv(A, x) << "\n"  // (5) coins on each day
            << mv(A, x + 2 * y) - mv(A, x) - 2 * mv(A, y) << "\n";
  //> tensor([ 14.,  38.,  62.,  86., 110.])
  //> tensor([0., 0., 0., 0., 0.])

  // ## Matrix times matrix
  // Three stalls with three price lists: put the lists side by side as columns of P.
  // Element i,k of the product is the dot product of row i of A and column k of P, the
  // takings of day i at stall k:
  //
  //     (A P)[i,k] = sum_j A[i,j]*P[j,k]             (5,4) (4,3) -> (5,3)
  //
  // The inner sizes meet and vanish, the outer ones remain. `mm` takes matrices only,
  // `matmul` also vectors and stacks of matrices (lesson 2.51).

  const Tensor P = stack({y, x, x + y}, 1);  // (4,3) coins per box, a column for each stall
  std::cout << mm(A, P) << "\n";             // (5,3) coins
  //> tensor([[  6.,  14.,  20.],
  //>         [ 22.,  38.,  60.],
  //>         [ 38.,  62., 100.],
  //>         [ 54.,  86., 140.],
  //>         [ 70., 110., 180.]])

  // Its first column is the number of boxes, its second the takings from above, and its
  // third the sum of both: linear again. In the wrong order the sizes don't meet.

  try {
    std::cout << mm(P, A) << "\n";
  } catch (const Error& error) {
    std::cout << error.what() << "\n";
  }
  //> matmul: a is (4,3), b is (5,4): a's 3 columns must meet b's rows, which are 5

  // ## How long is a vector?
  // A *norm* gives a vector one number, its length. The best known is the L2 norm, after
  // Pythagoras; the L1 norm is how far a taxi drives in a city of square blocks. For a
  // matrix, the L2 norm of all its elements is called the *Frobenius norm*.
  //
  //     |x|_1 = sum_j |x[j]|        |x|_2 = sqrt(sum_j x[j]^2)
  //
  //     |A|_F = sqrt(sum_ij A[i,j]^2)

  const Tensor u = tensor({3., -4.});  // (2) blocks east, blocks north
  std::cout << norm(u) << " " << norm(u, 1) << " " << u.abs().sum() << "\n"
            << norm(ones({4, 9})) << "\n";  // (), sqrt of 36 ones
  //> tensor(5.) tensor(7.) tensor(7.)
  //> tensor(6.)

  // The norm of a difference is a distance. If last week every number was lower by one box,
  // the two weeks are sqrt(20) boxes apart.

  const Tensor last_week = A - 1;            // (5,4) boxes
  std::cout << norm(A - last_week) << "\n";  // () boxes
  //> tensor(4.4721)

  // ## What makes a norm
  // Whatever is to be called a length must keep three rules, for all vectors x, y and
  // numbers a:
  //
  //     f(a x) = |a| f(x)              twice as long when scaled by 2
  //     f(x + y) <= f(x) + f(y)        a detour is never shorter (triangle inequality)
  //     f(x) > 0, except f(0) = 0      nothing but nothing has no length
  //
  // We test them on 1000 random draws each, all at once: axis 0 counts the draws. A test
  // that nothing can fail proves nothing, so two impostors take part: the squared L2 norm,
  // and the sum above with p = 1/2, which looks like its sisters with p = 1 and 2:
  //
  //     |x|_p = (sum_j |x[j]|^p)^(1/p)

  using Length = std::function<Tensor(const Tensor&)>;  // a length for each index of axis 0
  const Length l1 = [](const Tensor& v) { return norm(v, 1, {1}); };
  const Length l2 = [](const Tensor& v) { return norm(v, 2, {1}); };
  const Length frobenius = [](const Tensor& v) { return norm(v, 2, {1, 2}); };
  const Length squared = [](const Tensor& v) { return v.square().sum(1); };
  const Length root = [](const Tensor& v) { return v.abs().sqrt().sum(1).square(); };

  const int draws = 1000;
  struct Kept {
    int scaling, triangle, positive;  // by how many of the draws
    int all() const { return scaling + triangle + positive; }
  };
  const auto test = [](const Length& f, const Shape& size) {
    const auto count = [](const Tensor& kept) { return int(kept.sum().item()); };
    const double rounding = 1e-12;                            // f64 has 16 digits
    const Tensor p = randn(size, f64), q = randn(size, f64);  // (1000, sizes of one draw)
    const Tensor a = randn({draws}, f64);                     // (1000)
    // (1000,1) or (1000,1,1), so that each draw is scaled by its own number.
    const Tensor scale = size.size() == 2 ? a.view({-1, 1}) : a.view({-1, 1, 1});
    const Tensor expected = a.abs() * f(p);  // (1000)
    const bool zero = (f(zeros(size, f64)) == 0).all().item<bool>();
    return Kept{count((f(scale * p) - expected).abs() <= rounding * (1 + expected)),
                count(f(p + q) <= f(p) + f(q) + rounding), zero ? count(f(p) > 0) : 0};
  };
  const Shape vectors{draws, 8}, matrices{draws, 3, 5};
  const std::pair<const char*, Kept> table[] = {{"L1", test(l1, vectors)},
                                                {"L2", test(l2, vectors)},
                                                {"Frobenius", test(frobenius, matrices)},
                                                {"L2 squared", test(squared, vectors)},
                                                {"p = 1/2", test(root, vectors)}};
  std::printf("of %d draws   scaling  triangle  positive\n", draws);
  for (const auto& [name, kept] : table) {
    std::printf("%-12s %9d %9d %9d\n", name, kept.scaling, kept.triangle, kept.positive);
  }
  //> of 1000 draws   scaling  triangle  positive
  //> L1                1000      1000      1000
  //> L2                1000      1000      1000
  //> Frobenius         1000      1000      1000
  //> L2 squared           0       489      1000
  //> p = 1/2           1000       964      1000

  // The square doesn't scale as a length does: scaled by a it grows a^2-fold. And half of
  // its triangles break, those where the angle between x and y is less than 90 degrees. The
  // impostor with p = 1/2 is more cunning: of 1000 draws it cheats in a few only. Random
  // draws seldom look where a rule breaks; thinking finds the place at once. Go one block
  // east and one block north:

  const Tensor east = tensor({{1., 0.}}), north = tensor({{0., 1.}});  // (1,2) blocks
  std::printf("p = 1/2: %g there directly, %g + %g by the detour\n",
              root(east + north).item(), root(east).item(), root(north).item());
  //> p = 1/2: 4 there directly, 1 + 1 by the detour

  // A thousand draws are evidence, never a proof. One broken triangle is a proof, of the
  // opposite.
  //
  // The picture shows what went wrong. Each curve joins the points of length 1. The
  // straight connection of two of them may never leave the inside, else a point halfway is
  // longer than both its ends. The circle and the square keep that rule, the star doesn't.

  // The points need no search: cos^2 + sin^2 = 1, so |cos|^(2/p) and |sin|^(2/p) have
  // powers p that add up to 1.

  const Tensor angle = linspace(0, 2 * std::numbers::pi, 181, f64);  // (181) radians
  const Tensor way = stack({cos(angle), sin(angle)}, 1);             // (181,2)
  Figure circles(Figure::Options{.figsize = {3.6, 4.2}});
  for (const double p : {2.0, 1.0, 0.5}) {
    const Tensor points = sign(way) * abs(way).pow(2 / p);  // (181,2) of length 1
    circles.axes().line(points[{all, 0}], points[{all, 1}]);
  }
  circles.axes().legend({"p = 2", "p = 1", "p = 1/2"}).title("all points of length 1");
  circles.axes().xlim({-1.1, 1.1}).ylim({-1.1, 1.6});
  lesson.show(circles, "unit_circles");

  // ## The bar

  lesson.expect("sums", A.sum().item() == 190 &&
                            A.sum(0).equal(tensor({40., 45., 50., 55.})) &&
                            A.sum(1).equal(tensor({6., 22., 38., 54., 70.})));
  lesson.expect("mean = sum / numel",
                A.mean().item() == 9.5 && A.mean(0).equal(tensor({8., 9., 10., 11.})));
  lesson.expect("rows of shares add up to 1: error", (share.sum(1) - 1).abs().max().item(),
                at_most(1e-6));
  lesson.expect("running totals end in the sum", A.cumsum(0)[-1].equal(A.sum(0)));
  lesson.expect("products", dot(x, y).item() == 6 &&
                                mv(A, x).equal(tensor({14., 38., 62., 86., 110.})) &&
                                mm(A, P)[{all, 1}].equal(mv(A, x)));
  lesson.expect("norms", norm(u).item() == 5 && norm(u, 1).item() == 7 &&
                             norm(ones({4, 9})).item() == 6);
  for (int i = 0; i < 3; ++i) {
    const auto& [name, kept] = table[i];
    lesson.expect(std::string(name) + ": rules kept, of 3 x 1000", kept.all(),
                  near(3 * draws, 0));
  }
  lesson.expect("L2 squared scales", table[3].second.scaling, at_most(draws / 10));
  lesson.expect("p = 1/2 keeps triangles", table[4].second.triangle, at_most(draws - 1));
  lesson.expect("p = 1/2 has a short cut", root(east + north).item(), near(4, 1e-6));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
//
// - A sum along an axis removes it; `keepdim` keeps it with size 1, ready to broadcast.
// - A dot product adds up products of partners. `mv` does it with every row of a matrix,
//   `mm` with every row of one and every column of another. The inner sizes must agree.
// - A norm is a length: it scales, it knows no short cuts, and only zero has none.
//
// ## Exercises
//
// 1. *Predict.* X has shape (2,3,4). What are the shapes of its sums along 0, 1, 2 and
//    {0,2}, and with `keepdim`? Why does `A / A.sum(0)` work and `A / A.sum(1)` not, and
//    for which A would the latter work and be wrong?
// 2. *Derive* in index form: (A B)^T = B^T A^T. Check it on random matrices.
// 3. *Derive.* A + A^T is symmetric for every square A, and x^T (A - A^T) x = 0 for every
//    x.
// 4. *Code.* A running total is linear, so some matrix L does it: L A = A.cumsum(0). Make L
//    with one comparison of two `arange`s.
// 5. *Derive*, then test on 1000 draws: |x|_2 <= |x|_1 <= sqrt(n) |x|_2. For which vectors
//    do the two ends become equal?
