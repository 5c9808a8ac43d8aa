// # 2.51 Shapes, types and shared memory
//
// Most mistakes in a first network are not mistakes in mathematics. A shape is not what
// one thought, a number has lost its fraction, a change shows up where nobody made it. All
// three follow rules, and the rules are few. What shape, what type and whose memory does a
// result have?
//
// You know: tensors, broadcasting and views (2.1), matrix products (2.3), gradients (2.5).
// New here: the tables of shapes and of types, batched products, memory shared with C++.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <span>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// A line of the tables below: what was computed, and what came out.
void line(const char* what, const Tensor& result) {
  std::printf("%-30s %s %s\n", what, name(result.dtype()),
              result.shape().to_string().c_str());
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.51 Shapes, types and shared memory");

  // ## Broadcasting, in full view
  // A stack of two matrices, (2,2,4), meets a number, and then a single matrix, (2,4). The
  // number goes to all 16 places, the matrix to both layers of the stack.

  const Tensor x = arange(16).view({2, 2, 4});  // (2,2,4), counting from 0
  const Tensor y = arange(8).view({2, 4});      // (2,4)
  std::cout << x + 20 << "\n" << x + y << "\n" << x * y << "\n";  // (2,2,4) each
  //> tensor([[[20, 21, 22, 23],
  //>          [24, 25, 26, 27]],
  //>
  //>         [[28, 29, 30, 31],
  //>          [32, 33, 34, 35]]])
  //> tensor([[[ 0,  2,  4,  6],
  //>          [ 8, 10, 12, 14]],
  //>
  //>         [[ 8, 10, 12, 14],
  //>          [16, 18, 20, 22]]])
  //> tensor([[[  0,   1,   4,   9],
  //>          [ 16,  25,  36,  49]],
  //>
  //>         [[  0,   9,  20,  33],
  //>          [ 48,  65,  84, 105]]])

  // Flush right: 4 meets 4, 2 meets 2, and the 2 on the left meets nothing, so y is
  // repeated. One often reads that both tensors need at least one axis for this. They
  // don't. A tensor of rank 0 has one element and no axis that could fail to fit; it goes
  // with every shape. The 20 above is one.

  const Tensor twenty = tensor(20);  // ()
  line("x + tensor(20)", x + twenty);
  line("ones(3,1) * ones(1,4)", ones({3, 1}) * ones({1, 4}));
  line("ones(5,1,4) + ones(3,1)", ones({5, 1, 4}) + ones({3, 1}));
  //> x + tensor(20)                 i64 (2,2,4)
  //> ones(3,1) * ones(1,4)          f32 (3,4)
  //> ones(5,1,4) + ones(3,1)        f32 (5,3,4)

  // On the way back, what was repeated collects a gradient from every place it went to. The
  // sum over these places brings the gradient to the shape of the tensor it belongs to:
  // every element of `b` below was used twice, once in each layer.

  const Tensor b = ones({2, 4}).requires_grad_();  // (2,4)
  (ones({2, 2, 4}) + b).sum().backward();
  std::cout << b.grad() << "\n";
  //> tensor([[2., 2., 2., 2.],
  //>         [2., 2., 2., 2.]])

  // ## Which axis is which
  // Shapes are read from left to right, from the outside in. By habit axis 0 counts the
  // examples of a *batch*:
  //
  //     (N,D)       N rows of a table with D features       images:  (N,C,H,W)
  //     (N)         N labels, one for each row              text:    (N,T) word numbers
  //
  // Some programs keep labels as a column, (N,1). Beside a (N) that broadcasts to (N,N)
  // and no error is raised, so look at the shapes of a loss before you look at its value.
  // The operations that move axes about, and what they make of a small batch of images:

  const Tensor images = rand({8, 28, 20, 3});  // (N,H,W,C), as picture files have them
  line("permute(0,3,1,2)", images.permute({0, 3, 1, 2}));
  line("flatten(1)", images.flatten(1));
  line("images[:,:,:,0]", images[{ellipsis, 0}]);
  line("sum over 1, 2 with keepdim", images.sum({1, 2}, true));
  line("stack along 0", stack({images, images}, 0));
  //> permute(0,3,1,2)               f32 (8,3,28,20)
  //> flatten(1)                     f32 (8,1680)
  //> images[:,:,:,0]                f32 (8,28,20)
  //> sum over 1, 2 with keepdim     f32 (8,1,1,3)
  //> stack along 0                  f32 (2,8,28,20,3)

  // ## Types
  // A tensor's elements all have one type. Its name says the kind and the number of bits:
  //
  //     here      f32    f64     i64      i32      i16      i8      u8       bool
  //     C++       float  double  int64_t  int32_t  int16_t  int8_t  uint8_t  bool
  //     PyTorch   Float  Double  Long     Int      Short    Char    Byte     Bool
  //
  // `to(type)`, which may also be called `type(...)`, converts; `to_float()`,
  // `to_double()`, `to_int()` and `to_long()` are its short forms. Fractions lose what
  // stands behind the point, whole numbers that are too large for the type start again
  // from its other end, and everything but 0 is true.

  std::cout << tensor({-1.7, 0., 2.9}).to(i16) << "\n"    // (3)
            << tensor({127, 128, 256}).to(i8) << "\n"     // (3)
            << tensor({-1.7, 0., 2.9}).to_bool() << "\n"  // (3)
            << (tensor({1, 2}).to_float() / 4) << "\n";   // (2)
  //> tensor([-1,  0,  2], dtype=i16)
  //> tensor([ 127, -128,    0], dtype=i8)
  //> tensor([ True, False,  True])
  //> tensor([0.2500, 0.5000])

  // Where two types meet, the result has the larger of a kind, and fractions win over whole
  // numbers, these over bools. A C++ number beside a tensor only decides the kind, so that
  // 2.5, a double, does not turn your f32 network into f64.

  const Tensor whole = ones({2}, i64), real = ones({2});  // (2) each
  line("i64 + f32", whole + real);
  line("f32 + f64", real + real.to_double());
  line("i8 + u8 (neither holds both)", ones({2}, i8) + ones({2}, u8));
  line("bool * f32", (whole > 0) * real);
  line("i64 / i64", whole / whole);
  line("i64 >= i64", whole >= whole);
  line("f32 * 2.5", real * 2.5);
  line("i64 * 2.5", whole * 2.5);
  //> i64 + f32                      f32 (2)
  //> f32 + f64                      f64 (2)
  //> i8 + u8 (neither holds both)   i16 (2)
  //> bool * f32                     f32 (2)
  //> i64 / i64                      f32 (2)
  //> i64 >= i64                     bool (2)
  //> f32 * 2.5                      f32 (2)
  //> i64 * 2.5                      f32 (2)

  // ## Making tensors that match
  // `empty` reserves memory and writes nothing into it: its contents are whatever was
  // there, and only its shape is worth printing. The `new_` functions take their type from
  // a tensor that exists, the `_like` functions their shape too, unless another type is
  // named.

  Tensor p = empty({5, 3});  // (5,3)
  line("empty(5,3)", p);
  p = p.new_ones({5, 3}, f64);  // (5,3)
  line("p.new_ones(5,3), f64", p);
  p = randn_like(p, f32);  // (5,3)
  line("randn_like(p), f32", p);
  const int64_t rows = p.size(0), columns = p.size(1);
  std::printf("%d rows, %d columns, %d elements\n", int(rows), int(columns),
              int(p.numel()));
  //> empty(5,3)                     f32 (5,3)
  //> p.new_ones(5,3), f64           f64 (5,3)
  //> randn_like(p), f32             f32 (5,3)
  //> 5 rows, 3 columns, 15 elements

  // ## Four ways to add
  // The operator and the method are the same. The third way puts the sum into a tensor that
  // is there already; the fourth changes an operand.

  const Tensor q = rand({5, 3});      // (5,3)
  const Tensor sum1 = p + q;          // (5,3)
  const Tensor sum2 = p.add(q);       // (5,3)
  const Tensor sum3 = empty({5, 3});  // (5,3)
  const void* const place = sum3.data();
  sum3.copy_(p + q);
  const Tensor sum4 = q.clone();  // (5,3)
  sum4.add_(p);
  const bool same_sums = sum1.equal(sum2) && sum1.equal(sum3) && sum1.equal(sum4);
  std::printf("all four equal: %s; the third stayed where it was: %s\n",
              same_sums ? "yes" : "no", sum3.data() == place ? "yes" : "no");
  //> all four equal: yes; the third stayed where it was: yes

  // PyTorch writes the third as `torch.add(p, q, out=sum3)`. That computes straight into
  // the memory of `sum3`, and gives `sum3` another shape if it had the wrong one. `copy_`
  // differs: p + q is made in memory of its own first and then copied, converted to the
  // type of `sum3`, and broadcast to its shape, which never changes. What doesn't fit is
  // an error. Without the detour it is two steps in place, sum3.copy_(p).add_(q).

  sum3.copy_(tensor({1, 2, 3}));  // (3) of i64 into (5,3) of f32
  std::cout << sum3[slice(0, 2)] << "\n";
  //> tensor([[1., 2., 3.],
  //>         [1., 2., 3.]])

  // A trailing `_` always means: this tensor changes. `t_` transposes in place, and it does
  // so without touching a number. How is that possible?

  sum3.t_();
  std::printf("%s, same memory: %s\n", sum3.shape().to_string().c_str(),
              sum3.data() == place ? "yes" : "no");
  //> (3,5), same memory: yes

  // ## Strides: what a shape means in memory
  // Memory is one long row. A tensor knows where it begins, its sizes, and a *stride* for
  // each axis: how far to go for the next element along it. Element (i,j) is at begin +
  // i*stride[0] + j*stride[1]. Transposing swaps sizes and strides; a column begins one
  // later and takes long steps. Nothing has to move, so all of these are views:

  const Tensor m = arange(16.).view({4, 4});  // (4,4)
  const auto layout = [&m](const char* what, const Tensor& view) {
    std::printf("%-15s shape %-6s strides %-6s begins at %d\n", what,
                view.shape().to_string().c_str(), view.strides().to_string().c_str(),
                int(static_cast<float*>(view.data()) - m.span<float>().data()));
  };
  layout("m", m);
  layout("m.t()", m.t());
  layout("m[:,1]", m[{all, 1}]);
  layout("m[1:3,::2]", m[{slice(1, 3), slice({}, {}, 2)}]);
  layout("m.view(16)", m.view({16}));
  layout("m.view(-1,8)", m.view({-1, 8}));  // 16 elements in rows of 8: two rows
  layout("m[0] for (3,4)", m[0].expand({3, 4}));
  //> m               shape (4,4)  strides (4,1)  begins at 0
  //> m.t()           shape (4,4)  strides (1,4)  begins at 0
  //> m[:,1]          shape (4)    strides (4)    begins at 1
  //> m[1:3,::2]      shape (2,2)  strides (4,2)  begins at 4
  //> m.view(16)      shape (16)   strides (1)    begins at 0
  //> m.view(-1,8)    shape (2,8)  strides (8,1)  begins at 0
  //> m[0] for (3,4)  shape (3,4)  strides (0,1)  begins at 0

  // The last line is broadcasting: a stride of 0 reads the same row again and again.
  //
  // `view` promises not to copy. The transpose can't be read as one row of 16: the step
  // from its 4th element to the 5th is not like the others. `view` refuses, `reshape`
  // copies.

  try {
    std::cout << m.t().view({16}) << "\n";
  } catch (const Error& error) {
    std::cout << error.what() << "\n";
  }
  const Tensor copied = m.t().reshape({16});  // (16) with memory of its own
  m[{all, 1}] = -1;  // a column of m, and of everything that views it
  std::cout << m.view({-1, 8}) << "\n" << copied << "\n";  // (2,8), (16)
  //> view: a tensor (4,4) with strides (1,4) cannot be seen as (16): at least one new axis would span two that do not continue each other in memory
  //>   hint: use reshape(), which copies where it must
  //> tensor([[ 0., -1.,  2.,  3.,  4., -1.,  6.,  7.],
  //>         [ 8., -1., 10., 11., 12., -1., 14., 15.]])
  //> tensor([ 0.,  4.,  8., 12.,  1.,  5.,  9., 13.,  2.,  6., 10., 14.,  3.,  7.,
  //>         11., 15.])

  // ## Memory shared with C++
  // The same holds between a tensor and plain C++. `span<float>()` is a window on the
  // tensor's memory, so adding in place shows on both sides:

  const Tensor five = ones({5});                       // (5)
  const std::span<float> window = five.span<float>();  // the same five numbers
  five.add_(1);
  std::cout << five << "\n";
  for (float v : window) std::printf("%g ", v);
  std::printf("in the span\n");
  //> tensor([2., 2., 2., 2., 2.])
  //> 2 2 2 2 2 in the span

  // And the other way round: a tensor around a vector that exists. It keeps the vector's
  // type. Whole libraries compute in double unless told otherwise, so what comes from
  // outside is often f64, while our networks are f32. `to_float()` converts, and that is a
  // copy: from there on, the two go separate ways.

  std::vector<double> numbers(5, 1.0);
  const Tensor around = from_span(numbers);    // (5) of f64
  const Tensor converted = around.to_float();  // (5) of f32, a copy
  for (double& v : numbers) v += 1;
  for (double v : numbers) std::printf("%g ", v);
  std::printf("in the vector\n");
  std::cout << around << "\n" << converted << "\n";
  //> 2 2 2 2 2 in the vector
  //> tensor([2., 2., 2., 2., 2.], dtype=f64)
  //> tensor([1., 1., 1., 1., 1.])

  // Nobody keeps the other alive here: the vector must outlive the tensor, and must not
  // grow meanwhile, as it may move then; the tensor must outlive its span. And a span must
  // name the type that is there:

  try {
    std::printf("%g\n", five.span<double>()[0]);
  } catch (const Error& error) {
    std::cout << error.what() << "\n";
  }
  //> span: the tensor is of type f32, the span of type f64
  //>   hint: to(f64) converts, to_vector copies and converts

  // ## A layer is a product
  // A dense layer from 5 features to 3 keeps its weight as (3,5), a row for each output.
  // That is why it is transposed in the formula: (N,5) (5,3) -> (N,3), and the bias, (3),
  // is broadcast over the batch.
  //
  //     y = x W^T + b          y[n,o] = sum_i x[n,i]*W[o,i] + b[o]

  nn::Linear layer(5, 3);
  const Tensor batch = randn({2, 5});                                   // (2,5)
  const Tensor by_hand = matmul(batch, layer.weight.t()) + layer.bias;  // (2,3)
  const double layer_error = (layer(batch) - by_hand).abs().max().item();
  line("weight", layer.weight);
  line("bias", layer.bias);
  line("layer(batch)", layer(batch));
  std::printf("x W^T + b agrees to 1e-6: %s\n", layer_error < 1e-6 ? "yes" : "no");
  //> weight                         f32 (3,5)
  //> bias                           f32 (3)
  //> layer(batch)                   f32 (2,3)
  //> x W^T + b agrees to 1e-6: yes

  // ## Products of every rank
  // `matmul` multiplies matrices in the last two axes. The axes before them are a batch:
  // they broadcast, and each layer is multiplied on its own. A vector on the left counts
  // as a row, on the right as a column, and the axis made up for it is dropped from the
  // result. (`mm`, `mv` and `dot` are the strict versions: two ranks each, nothing is
  // stretched.)

  const Tensor stack_of_two = randn({2, 2, 4}), matrix = randn({4, 2});  // (2,2,4), (4,2)
  const Tensor batched = matmul(stack_of_two, matrix);                   // (2,2,2)
  line("(2,2,4) @ (4,2)", batched);
  line("(5) @ (5,3)", matmul(ones({5}), ones({5, 3})));
  line("(5) @ (5)", matmul(ones({5}), ones({5})));
  line("(7,1,3,4) @ (6,4,2)", matmul(ones({7, 1, 3, 4}), ones({6, 4, 2})));
  //> (2,2,4) @ (4,2)                f32 (2,2,2)
  //> (5) @ (5,3)                    f32 (3)
  //> (5) @ (5)                      f32 ()
  //> (7,1,3,4) @ (6,4,2)            f32 (7,6,3,2)
  bool layers_agree = true;
  for (int64_t i = 0; i < 2; ++i) {
    layers_agree &= batched[i].allclose(mm(stack_of_two[i], matrix), 1e-5, 1e-6);
  }

  // ## What a type costs
  // One product of two (512,512) matrices in f32, and in f64. The memory doubles exactly;
  // time about doubles as well, since half as many numbers fit into each register and each
  // line of cache. In return f64 keeps 16 digits instead of 7, which networks don't need
  // and measurements of slopes do (2.4).

  const Tensor A = randn({512, 512}, f64), B = randn({512, 512}, f64);  // (512,512)
  const auto product = [&](DType type) {
    const Tensor a = A.to(type), b = B.to(type);  // (512,512)
    Tensor c = matmul(a, b);                      // (512,512), and everything is warm
    double seconds = INFINITY;
    for (int k = 0; k < 5; ++k) {
      Timer timer;
      c = matmul(a, b);
      seconds = std::min(seconds, timer.stop());
    }
    std::printf("%s: %zu bytes a matrix, %.1f ms a product\n", name(type),
                c.numel() * size_of(type), 1e3 * seconds);
    return c.to_double();
  };
  const Tensor in_f32 = product(f32), in_f64 = product(f64);  // (512,512)
  //~ f32: 1048576 bytes a matrix, 2.7 ms a product
  //~ f64: 2097152 bytes a matrix, 6.7 ms a product
  const double rounding = (norm(in_f32 - in_f64) / norm(in_f64)).item();
  std::printf("f32 is off by a few parts in ten million: %s\n",
              rounding < 1e-6 ? "yes" : "no");
  //> f32 is off by a few parts in ten million: yes

  // ## Bars
  const Tensor sums = tensor(
      {{{0, 2, 4, 6}, {8, 10, 12, 14}}, {{8, 10, 12, 14}, {16, 18, 20, 22}}});  // (2,2,4)
  const Tensor products = tensor(
      {{{0, 1, 4, 9}, {16, 25, 36, 49}}, {{0, 9, 20, 33}, {48, 65, 84, 105}}});  // (2,2,4)
  lesson.expect("(2,2,4) + 20", (x + 20).equal(arange(20, 36).view({2, 2, 4})));
  lesson.expect("(2,2,4) + (2,4)", (x + y).equal(sums));
  lesson.expect("(2,2,4) * (2,4)", (x * y).equal(products));
  lesson.expect("rank 0 broadcasts", (x + twenty).equal(x + 20));
  lesson.expect("gradient summed over the repeats", b.grad().equal(full({2, 4}, 2.)));
  lesson.expect("four sums", same_sums);
  lesson.expect("a view of rows of 8", m.view({-1, 8}).shape() == Shape{2, 8});
  lesson.expect("a write shows in every view",
                m.view({16})[slice(1, {}, 4)].equal(full({4}, -1.)));
  lesson.expect("and in no copy", copied[slice(4, 8)].equal(tensor({1., 5., 9., 13.})));
  lesson.expect("five in the tensor and the span",
                five.equal(full({5}, 2.)) && window[0] == 2 && window[4] == 2);
  lesson.expect("and in f64 the other way", around.equal(full({5}, 2., f64)));
  lesson.expect("Linear(5,3): weight and bias",
                layer.weight.shape() == Shape{3, 5} && layer.bias.shape() == Shape{3});
  lesson.expect("x W^T + b: error", layer_error, at_most(1e-6));
  lesson.expect("(2,2,4) @ (4,2)", batched.shape() == Shape{2, 2, 2} && layers_agree);
  lesson.expect("(5) @ (5,3)", matmul(ones({5}), ones({5, 3})).equal(full({3}, 5.)));
  lesson.expect("f32 product against f64: error", rounding, at_most(1e-6));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
//
// - Shapes are matched from the right; sizes are equal, 1, or missing. Rank 0 fits
//   anywhere.
// - A gradient has the shape of its tensor: repeats are summed up.
// - Types meet in the larger kind. C++ numbers don't widen a tensor.
// - A shape with strides is a way of reading memory. View, transpose, slice, expand and
//   span share it; `clone`, `to` another type, picking by mask or list copy, and `reshape`
//   does if it must.
// - matmul: matrices in the last two axes, everything before them is a batch.
//
// ## Exercises
//
// 1. *Predict* the shapes: (3) @ (2,3,4); (2,1,4,3) @ (5,3,2); (2,2,4) + (2,1);
//    (4,1) * (4); the sum over axis 0 of (0,3). What are the values of the last?
// 2. *Predict.* Which of these let you write into `m`: m.t(), m.flatten(), m.t().flatten(),
//    m[m > 3], m[{all, slice(0, {}, 2)}], m.to(f32), m.to(f64)?
// 3. *Derive.* A matrix has sizes (R,C) and strides (s,t). When can view({R*C}) read it
//    without a copy? Compare with what `view` accepts for slices of a (6,8) matrix.
// 4. *Code.* Broadcast by hand: make of y, (2,4), a tensor (2,2,4) over the same memory,
//    with `from_blob` and a stride of 0.
// 5. *Code.* `sum_to(g, shape)`: the way back of broadcasting, for every pair of shapes.
//    Compare with the gradients of the library.
