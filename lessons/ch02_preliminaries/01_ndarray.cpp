// # 2.1 Tensors
//
// Pictures, sentences, the prices of houses: before a program can learn from them, they
// must lie in memory as numbers, in an order that one line of code can work on. What does
// that order look like, and what can be done with the numbers in it?
//
// You know: C++ and its arrays.    New here: the tensor, its shape, broadcasting, views,
// and who owns the memory.

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.1 Tensors");

  // ## A row of numbers, and shapes
  // A *tensor* is a block of numbers of one type, together with a *shape*: how many there
  // are along each *axis*. `arange(12)` counts from 0 to 11 along a single axis.

  Tensor v = arange(12);  // (12) whole numbers
  std::cout << v << "\n"
            << "shape " << v.shape().to_string() << ", " << v.numel() << " elements, type "
            << name(v.dtype()) << "\n";
  //> tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11])
  //> shape (12), 12 elements, type i64

  // The same twelve numbers can be read as three rows of four. The numbers stay where they
  // are, only the shape changes. One size may be left to the library, as -1: with 3 rows
  // there is but one number of columns that fits.

  Tensor m = v.reshape({3, -1});  // (3,4)
  std::cout << m << "\n";
  //> tensor([[ 0,  1,  2,  3],
  //>         [ 4,  5,  6,  7],
  //>         [ 8,  9, 10, 11]])

  // Axis 0 counts the rows, axis 1 the columns. A third axis makes a stack of matrices. A
  // colour picture is such a stack (channel, row, column), and a batch of pictures has one
  // axis more. The number of axes is called the *rank*; a tensor of rank 0 is one number.

  std::cout << zeros({2, 3, 4}) << "\n"  // (2,3,4)
            << "ranks " << zeros({2, 3, 4}).dim() << ", " << m.dim() << ", "
            << tensor(3.5).dim() << "\n";
  //> tensor([[[0., 0., 0., 0.],
  //>          [0., 0., 0., 0.],
  //>          [0., 0., 0., 0.]],
  //>
  //>         [[0., 0., 0., 0.],
  //>          [0., 0., 0., 0.],
  //>          [0., 0., 0., 0.]]])
  //> ranks 3, 2, 0

  // ## Where the values come from
  // Out of a rule, out of a list, or out of chance. Lists of lists give matrices. Fractions
  // make tensors of 32-bit floats, f32, and whole numbers make 64-bit integers, i64, unless
  // another type is named. Networks live in f32: its seven digits are plenty for them, and
  // it needs half the memory of f64.

  std::cout << ones({2, 3}) << "\n"                                // (2,3)
            << eye(3) << "\n"                                      // (3,3), 1 where i = j
            << linspace(0, 1, 5) << "\n"                           // (5), ends included
            << tensor({{2, 1, 4, 3}, {1, 2, 3, 4}, {4, 3, 2, 1}})  // (3,4) of i64
            << "\n";
  //> tensor([[1., 1., 1.],
  //>         [1., 1., 1.]])
  //> tensor([[1., 0., 0.],
  //>         [0., 1., 0.],
  //>         [0., 0., 1.]])
  //> tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
  //> tensor([[2, 1, 4, 3],
  //>         [1, 2, 3, 4],
  //>         [4, 3, 2, 1]])

  // Weights of networks start at random. `randn` draws from the normal distribution with
  // mean 0 and standard deviation 1. The numbers depend on the seed of the lesson (try
  // `--seed 1`), and on nothing else: every machine and every number of threads gets these.

  std::cout << randn({3, 4}) << "\n";  // (3,4)
  //>[0.0002] tensor([[-1.1063,  1.4048,  0.7914, -0.4434],
  //>[0.0002]         [ 1.3119, -0.0099, -0.9327,  0.2395],
  //>[0.0002]         [-2.1357,  1.4809, -1.5333, -0.6643]])

  // ## Arithmetic, element by element
  // The usual signs work on tensors of equal shape, each element with its partner. `/`
  // gives fractions even for whole numbers, `pow` raises to a power, `exp(x)` is e^x. All
  // numbers of a tensor are printed in one format, so a wide range brings powers of ten:
  // 5.4598e+01 is 54.598.

  const Tensor x = tensor({1., 2., 4., 8.});  // (4)
  const Tensor y = tensor({2., 2., 2., 2.});  // (4)
  std::cout << x + y << "\n"
            << x - y << "\n"
            << x * y << "\n"
            << x / y << "\n"
            << pow(x, y) << "\n"
            << exp(x) << "\n";
  //> tensor([ 3.,  4.,  6., 10.])
  //> tensor([-1.,  0.,  2.,  6.])
  //> tensor([ 2.,  4.,  8., 16.])
  //> tensor([0.5000, 1.0000, 2.0000, 4.0000])
  //> tensor([ 1.,  4., 16., 64.])
  //> tensor([2.7183e+00, 7.3891e+00, 5.4598e+01, 2.9810e+03])

  // Comparisons are element-wise, too, and give a tensor of bools. `sum` adds everything up
  // to a tensor of rank 0; `item()` takes its only number out into C++. The bools count as
  // 0 and 1, so that the sum of a comparison counts how often it is true.

  std::cout << (x == y) << "\n"
            << x.sum() << ", as a double " << x.sum().item() << "\n"
            << (x >= 2).sum().item<int64_t>() << " of 4 are at least 2\n";
  //> tensor([False,  True, False, False])
  //> tensor(15.), as a double 15
  //> 3 of 4 are at least 2

  // ## Joining
  // `cat` puts tensors one behind the other along an axis; their other sizes must agree.
  // Along axis 0 the rows of `a` are followed by those of `b`; along axis 1 each row of `a`
  // goes on with the same row of `b`. The sizes of that axis add up.

  const Tensor a = arange(12).reshape({3, 4}).to(f32);                              // (3,4)
  const Tensor b = tensor({{2., 1., 4., 3.}, {1., 2., 3., 4.}, {4., 3., 2., 1.}});  // (3,4)
  std::cout << cat({a, b}, 0) << "\n"                                               // (6,4)
            << cat({a, b}, 1) << "\n";                                              // (3,8)
  //> tensor([[ 0.,  1.,  2.,  3.],
  //>         [ 4.,  5.,  6.,  7.],
  //>         [ 8.,  9., 10., 11.],
  //>         [ 2.,  1.,  4.,  3.],
  //>         [ 1.,  2.,  3.,  4.],
  //>         [ 4.,  3.,  2.,  1.]])
  //> tensor([[ 0.,  1.,  2.,  3.,  2.,  1.,  4.,  3.],
  //>         [ 4.,  5.,  6.,  7.,  1.,  2.,  3.,  4.],
  //>         [ 8.,  9., 10., 11.,  4.,  3.,  2.,  1.]])

  // ## Broadcasting
  // What if the shapes differ? Write them one above the other, flush right. In each column
  // the sizes must be equal, or one of them is 1, or is not there at all. An axis of size 1
  // or none is repeated as often as needed:
  //
  //     column   (3,1)      [0]        [0 0]        row   (1,2)  [0 1]      [0 1]
  //                         [1]   ->   [1 1]                           ->   [0 1]
  //                         [2]        [2 2]                                [0 1]
  //
  // Nothing is copied for this: the numbers are read several times. (Many texts say that
  // both tensors need at least one axis. They don't: a single number, of rank 0, goes with
  // every shape.)

  const Tensor column = arange(3).reshape({3, 1});  // (3,1)
  const Tensor row = arange(2).reshape({1, 2});     // (1,2)
  std::cout << column + row << "\n"                 // (3,2): element i,j is i + j
            << column * tensor(10) << "\n";         // (3,1): () goes with everything
  //> tensor([[0, 1],
  //>         [1, 2],
  //>         [2, 3]])
  //> tensor([[ 0],
  //>         [10],
  //>         [20]])

  // Broadcasting is convenient, and it hides mistakes: a (3,1) that was meant to be a (3)
  // meets another (3) and silently becomes a (3,3). When a result surprises you, print the
  // shapes first. Shapes that don't fit are an error that says which.

  try {
    std::cout << ones({3, 2}) + ones({3, 1, 4}) << "\n";
  } catch (const Error& error) {
    std::cout << error.what() << "\n";
  }
  //> add: input is (3,2), other is (3,1,4): axis 2 is 2 against 4, and neither is 1
  //>   hint: input.unsqueeze(-1) would fit

  // ## Picking elements
  // Square brackets count from 0, and from the end with negative numbers. A `slice(1, 3)`
  // takes positions 1 and 2: the stop is left out, as in every half-open range of C++.
  // Several axes go into braces; `all` is a whole axis.

  std::cout << m[-1] << "\n"              // (4)    the last row
            << m[slice(1, 3)] << "\n"     // (2,4)  rows 1 and 2
            << m[{all, 1}] << "\n"        // (3)    column 1
            << m[{1, 2}].item() << "\n";  // ()     row 1, column 2
  //> tensor([ 8,  9, 10, 11])
  //> tensor([[ 4,  5,  6,  7],
  //>         [ 8,  9, 10, 11]])
  //> tensor([1, 5, 9])
  //> 6

  // What is picked can be assigned to. One number fills a whole range.

  Tensor w = m.clone();  // (3,4), with memory of its own
  w[{1, 2}] = 9;
  w[{slice(0, 2), slice(0, 2)}] = 12;
  std::cout << w << "\n";
  //> tensor([[12, 12,  2,  3],
  //>         [12, 12,  9,  7],
  //>         [ 8,  9, 10, 11]])

  // Tensors may stand in the brackets as well. A tensor of bools, a *mask*, picks the
  // places where it is true. Two lists of positions are read in pairs, (0,3) and (2,1)
  // here. That is how the loss of a classifier picks, out of each row of scores, the right
  // one.

  std::cout << m[m > 8] << "\n"                            // (3)
            << m[{index({0, 2}), index({3, 1})}] << "\n";  // (2)
  w[w == 12] = 0;
  std::cout << w << "\n";
  //> tensor([ 9, 10, 11])
  //> tensor([3, 9])
  //> tensor([[ 0,  0,  2,  3],
  //>         [ 0,  0,  9,  7],
  //>         [ 8,  9, 10, 11]])

  // ## A view is not a copy
  // `m` was made of `v` by reshaping, and nothing was copied: both look at the same twelve
  // numbers. So do rows, columns and slices. Change one, and the other has changed.

  Tensor second = m[1];  // (4), a view
  second += 100;
  std::cout << v << "\n";
  //> tensor([  0,   1,   2,   3, 104, 105, 106, 107,   8,   9,  10,  11])

  // This is what makes slicing free. When you want numbers of your own, say so: `clone()`.
  // (Picking by a mask or a list can't be a view, because the places follow no rule; it
  // copies.) Plain C++ assignment copies nothing: a `Tensor` is a handle, and after
  // `Tensor q = p;` both names mean one tensor.
  //
  // ## Saving memory
  // `z = z + x` computes the sum into fresh memory and then lets `z` stand for that. The
  // old block is given back. For a network of a hundred million weights, updated many times
  // a second, that is a lot of moving about. Worse, whoever else holds the old tensor keeps
  // looking at old numbers. Operations *in place* write into the block that is there: `+=`
  // and its kin, every method whose name ends in `_`, and assignment to `z[all]`.

  Tensor z = zeros({3, 4});  // (3,4)
  const void* before = z.data();
  const auto tell = [&](const char* what) {
    std::printf("%-14s %s\n", what, z.data() == before ? "same memory" : "other memory");
    before = z.data();
  };
  z = z + a;
  tell("z = z + a");
  const void* home = z.data();
  z += a;
  tell("z += a");
  z.add_(a);
  tell("z.add_(a)");
  z[all] = a + b;
  tell("z[all] = a + b");
  //> z = z + a      other memory
  //> z += a         same memory
  //> z.add_(a)      same memory
  //> z[all] = a + b same memory

  // (The last line still makes room for `a + b` before it is copied; only the block of `z`
  // stays.) Every chapter's training loop updates its weights in place.
  //
  // ## To C++ and back
  // `span<T>()` shows the elements as an ordinary C++ range, `from_span` makes a tensor
  // around memory that exists already. Neither copies, so both sides see every change.
  // `to_vector<T>()` copies.

  std::vector<double> celsius{21.5, 19.0, 23.25};  // degrees
  Tensor t = from_span(celsius);                   // (3) of f64, the vector's own memory
  t *= 1.8;
  t += 32;
  celsius[1] = 0;
  std::cout << t << "\n";
  std::printf("the vector holds %.2f, %.2f, %.2f\n", celsius[0], celsius[1], celsius[2]);
  //> tensor([70.7000,  0.0000, 73.8500], dtype=f64)
  //> the vector holds 70.70, 0.00, 73.85

  // ## What else is there?
  // Behind `+`, `exp` and `cat` stand *operators*, all of them entries of one registry. A
  // plugin adds to the same list: the operator that you write in lesson 2.52 will stand in
  // it beside these.

  const std::vector<const Operator*> operators = Registry::get().operators();
  std::cout << operators.size() << " operators:\n";
  std::string line = " ";
  for (const Operator* op : operators) {
    if (line.size() + op->short_name().size() > 84) {
      std::cout << line << "\n";
      line = " ";
    }
    line += " " + op->short_name();
  }
  std::cout << line << "\n";
  //~ 86 operators:
  //~   abs add all any argmax argmin as_strided as_strided_scatter binary_cross_entropy
  //~   binary_cross_entropy_with_logits bitwise_and bitwise_not bitwise_or bitwise_xor cat
  //~   clamp clone contiguous copy cos cross_entropy cumsum diagonal div eq exp expand
  //~   fill gather ge gt huber_loss index index_put index_select isfinite isinf isnan
  //~   kl_div l1_loss le linear log log_softmax logical_not lt masked_fill matmul max
  //~   maximum mean min minimum mse_loss mul ne neg nll_loss nonzero norm one_hot permute
  //~   pow reciprocal relu remainder rsqrt select sigmoid sign sin slice smooth_l1_loss
  //~   softmax sqrt square squeeze stack sub sum tanh to transpose unsqueeze view where

  // Each one says what it is. `handgrad op show exp` prints this and more in a shell.

  const Operator& e = Registry::get().at("exp");
  std::cout << e.name << ": " << e.def->doc << "\n" << e.def->formula << "\n";
  //~ core.exp: e to the power of each element.
  //~ y = exp(x)

  // ## The bar
  // A lesson ends with what it promised, checked by the program itself.

  lesson.expect("x + y", (x + y).equal(tensor({3., 4., 6., 10.})));
  lesson.expect("x - y", (x - y).equal(tensor({-1., 0., 2., 6.})));
  lesson.expect("x * y", (x * y).equal(tensor({2., 4., 8., 16.})));
  lesson.expect("x / y", (x / y).equal(tensor({0.5, 1., 2., 4.})));
  lesson.expect("pow(x, y)", pow(x, y).equal(tensor({1., 4., 16., 64.})));
  lesson.expect("broadcasting: element i,j is i + j",
                (column + row).equal(tensor({{0, 1}, {1, 2}, {2, 3}})));
  lesson.expect("cat along axis 0", cat({a, b}, 0)[slice(3, 6)].equal(b));
  lesson.expect("cat along axis 1", cat({a, b}, 1)[{all, slice(4, 8)}].equal(b));
  lesson.expect("a view changes what it looks at",
                v[slice(4, 8)].equal(tensor({104, 105, 106, 107})));
  lesson.expect("assignment through brackets",
                w.equal(tensor({{0, 0, 2, 3}, {0, 0, 9, 7}, {8, 9, 10, 11}})));
  lesson.expect("in place means the same memory", z.data() == home);
  lesson.expect("operators in the registry", operators.size(), at_least(50));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
//
// - A tensor is numbers of one type with a shape; `reshape` changes the shape alone.
// - Arithmetic goes element by element. Shapes that differ are matched from the right, and
//   sizes of 1 are repeated.
// - Brackets pick. What they pick is a view where a rule describes the places, so writing
//   to it writes to the original; `clone()` gives memory of one's own.
// - `z = z + x` moves to new memory, `z += x` stays.
//
// ## Exercises
//
// 1. *Predict.* Which of these pairs broadcast, and to what shape: (3,1,4) with (2,1);
//    (3,2) with (3); (5) with (5,1); (2,3) with ()?
// 2. *Predict.* After `Tensor p = m[0]; p += 1;` and after `Tensor q = m[index({0})];
//    q += 1;`: which of the two has changed `m`, and why only that one?
// 3. *Derive.* Where in memory is element (i,j,k) of a (2,3,4) tensor, counted from its
//    first? And element (i,j) of the transpose of a (3,4) matrix, if nothing is moved?
//    Compare with `strides()`.
// 4. *Code.* The multiplication table from 1x1 to 9x9, without a loop. Then the distances
//    between each two of five points in the plane, (5,2), as a (5,5) tensor.
// 5. *Code.* A chessboard: (8,8) with 0 and 1 in turns, from two slice assignments. A slice
//    has a third number, the step.
