// # 6.2 Convolution
//
// A dense layer does not know that pixels have neighbours: shuffle all pixels in the same
// way in every image, and it learns as well as before. And it is expensive: 1000 hidden
// units over a photo of a million pixels have 10^9 weights. What would a layer look like
// that takes an image for what it is?
//
// You know: dense layers and their gradients (4.7), modules (5.1), views (2.51).
// New here: cross-correlation and convolution, feature maps and receptive fields, kernels
// that are learned, convolution as one product of matrices.

#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

// ## Two wishes
// A dense layer from an image x to a hidden image h of the same kind needs a weight for
// every pair of pixels, W[i,j,k,l]. Count the second pair from the first, k = i+a and
// l = j+b:
//
//     h[i,j] = u[i,j] + sum_ab V[i,j,a,b] x[i+a,j+b]
//
// *An object looks the same wherever it stands.* So V and u must not depend on (i,j):
//
//     h[i,j] = u + sum_ab V[a,b] x[i+a,j+b]
//
// *What it is can be told from nearby.* So V[a,b] is 0 unless a and b are small, from 0 to
// the kernel's height and width. A billion weights have become a handful, and the sum is
// called the *cross-correlation* of x with the *kernel* V.
//
// ## By hand
// The kernel lies over a corner of the image, products are added, and it moves on:

Tensor corr2d(const Tensor& X, const Tensor& K) {  // (H,W), (h,w) -> (H-h+1,W-w+1)
  const int64_t h = K.size(0), w = K.size(1);
  Tensor Y = zeros({X.size(0) - h + 1, X.size(1) - w + 1});
  for (int64_t i = 0; i < Y.size(0); ++i) {
    for (int64_t j = 0; j < Y.size(1); ++j) {
      Y[{i, j}] = (X[{slice(i, i + h), slice(j, j + w)}] * K).sum();
    }
  }
  return Y;
}

// *Convolution*, as mathematicians have it, walks the kernel backwards:
//
//     h[i,j] = sum_ab V[a,b] x[i-a,j-b]
//
// which is cross-correlation with the kernel turned around, left-right and top-bottom.

Tensor conv2d_true(const Tensor& X, const Tensor& K) { return corr2d(X, flip(K, {0, 1})); }

// ## As a product of matrices
// Every window of x becomes a column, and the kernel a row; then all windows are done with
// one product. This is called *im2col*, and it is how a library makes use of its fast
// product of matrices. (The price: a pixel is copied into each window it is part of.)

Tensor corr2d_by_mul(const Tensor& X, const Tensor& K) {
  const int64_t h = K.size(0), w = K.size(1);
  const int64_t rows = X.size(0) - h + 1, columns = X.size(1) - w + 1;
  Tensor windows = zeros({h * w, rows * columns});
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      const Tensor window = X[{slice(i, i + h), slice(j, j + w)}];  // (h,w)
      windows[{all, i * columns + j}] = window.reshape({-1});
    }
  }
  return K.reshape({1, -1}).matmul(windows).view({rows, columns});
}

// ## A layer
// The kernel and one offset are all that a convolutional layer has to learn. Weights start
// uniform in +-1/sqrt(h w), as in the library (4.8 says why).

struct Conv2D : nn::Module {
  nn::Parameter weight, bias;  // (h,w), (1)

  Conv2D(int64_t h, int64_t w)
      : weight(*this, "weight", (2 * rand({h, w}) - 1) / std::sqrt(double(h * w))),
        bias(*this, "bias", zeros({1})) {}
  Tensor forward(const Tensor& x) override { return corr2d(x, weight) + bias; }
};

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "6.2 Convolution");
  manual_seed(lesson.seed() + 3);

  const Tensor X = arange(9).to(f32).view({3, 3});    // (3,3)
  const Tensor K = tensor({{0.0, 1.0}, {2.0, 3.0}});  // (2,2)
  std::cout << corr2d(X, K) << "\n";
  //> tensor([[19., 25.],
  //>         [37., 43.]])

  // The top left one is 0*0 + 1*1 + 3*2 + 4*3 = 19. An image (H,W) and a kernel (h,w) give
  // (H-h+1, W-w+1): there are no more places where the kernel fits in whole.
  //
  // The other two ways of writing it agree:

  const Tensor big = rand({12, 9}), kernel = rand({3, 4});  // (12,9), (3,4)
  const double by_mul =
      (corr2d_by_mul(big, kernel) - corr2d(big, kernel)).abs().max().item();
  const double turned =
      (conv2d_true(big, flip(kernel, {0, 1})) - corr2d(big, kernel)).abs().max().item();
  std::printf("as a product of matrices: %s; true convolution with the kernel turned: %s\n",
              by_mul < 1e-5 ? "same" : "other", turned == 0 ? "same" : "other");
  //> as a product of matrices: same; true convolution with the kernel turned: same

  // The library has convolution, too. It works on a batch of images with channels, so that
  // our image is (1,1,3,3) to it: one sample, one channel. (Channels: 6.4.) What it calls
  // convolution is cross-correlation, as everywhere in deep learning.

  const Tensor as_batch = F::conv2d(X.view({1, 1, 3, 3}), K.view({1, 1, 2, 2}));
  std::cout << as_batch.shape() << " " << as_batch.view({4}) << "\n";
  //> (1,1,2,2) tensor([19., 25., 37., 43.])

  // ## An edge
  // A picture of 6x8 pixels, white with a black band. The kernel (1, -1) subtracts each
  // pixel's right neighbour, so that it answers only where the picture changes.

  Tensor band = ones({6, 8});
  band[{all, slice(2, 6)}] = 0;
  const Tensor edge = tensor({{1.0, -1.0}});  // (1,2)
  const Tensor edges = corr2d(band, edge);    // (6,7)
  std::cout << edges[{slice(0, 2)}] << "\n"
            << "of the picture laid on its side: "
            << corr2d(band.t(), edge).abs().sum().item() << "\n";
  //> tensor([[ 0.,  1.,  0.,  0.,  0., -1.,  0.],
  //>         [ 0.,  1.,  0.,  0.,  0., -1.,  0.]])
  //> of the picture laid on its side: 0

  // 1 from white to black, -1 back; a horizontal edge it does not see at all. Such an
  // output is a *feature map*: a picture of where something is.
  //
  // ## Learning the kernel
  // Nobody designs kernels by hand for long. Here are the picture and its edges; which
  // kernel leads from one to the other? Ten steps down the squared error:

  const double lr = 3e-2;
  Conv2D layer(1, 2);
  double first_loss = 0, last_loss = 0;
  for (int step = 1; step <= 10; ++step) {
    const Tensor l = (layer(band) - edges).square().sum();  // ()
    layer.zero_grad();
    l.backward();
    {
      no_grad guard;
      layer.weight -= lr * layer.weight.grad();
    }
    (step == 1 ? first_loss : last_loss) = l.item();
    if (step % 2 == 0) std::printf("step %2d, loss %.3f\n", step, l.item());
  }
  std::cout << layer.weight.detach() << "\n";
  //> step  2, loss 4.042
  //> step  4, loss 0.934
  //> step  6, loss 0.262
  //> step  8, loss 0.087
  //> step 10, loss 0.032
  //> tensor([[ 0.9732, -1.0089]])

  // Close to (1, -1). Had the layer been a true convolution, it would have learned the
  // same numbers in the other order, and computed the same. That is why nobody minds which
  // of the two a library does: a kernel that is learned comes out turned as needed.

  Tensor turned_kernel = flip(layer.weight.detach(), {0, 1}).requires_grad_();  // (1,2)
  Tensor straight = layer.weight.detach().clone().requires_grad_();             // (1,2)
  double apart = 0;
  for (int step = 0; step < 5; ++step) {
    const Tensor a = corr2d(band, straight), b = conv2d_true(band, turned_kernel);
    apart = std::max(apart, (a - b).detach().abs().max().item());
    for (Tensor* k : {&straight, &turned_kernel}) k->zero_grad();
    (a - edges).square().sum().backward();
    (b - edges).square().sum().backward();
    no_grad guard;
    for (Tensor* k : {&straight, &turned_kernel}) *k -= lr * k->grad();
  }
  const double kernels_apart =
      (flip(turned_kernel.detach(), {0, 1}) - straight.detach()).abs().max().item();
  std::printf("five steps on: outputs differ by %.0f, kernels, one turned, by %.0f\n",
              apart, kernels_apart);
  //> five steps on: outputs differ by 0, kernels, one turned, by 0

  // ## Its gradients, by hand
  // Let dy[i,j] = dL/dy[i,j]. The weight V[a,b] multiplies x[i+a,j+b] in every output:
  //
  //     dL/dV[a,b] = sum_ij dy[i,j] x[i+a,j+b]
  //
  // which is a cross-correlation again: of the image with dy as the kernel. And x[k,l] is
  // multiplied by V[a,b] in the output (k-a,l-b), if there is one:
  //
  //     dL/dx[k,l] = sum_ab dy[k-a,l-b] V[a,b]
  //
  // a true convolution of dy, with zeros around it, by V. (core/ops/conv.cpp has the same
  // with channels, strides and padding.) The tape agrees:

  const Tensor x = big.clone().requires_grad_(), v = kernel.clone().requires_grad_();
  const Tensor dy = randn({10, 6});  // the shape of the output
  corr2d(x, v).backward(dy);
  const Tensor dv = corr2d(big, dy);                                // (3,4)
  const Tensor dx = conv2d_true(F::pad(dy, {3, 3, 2, 2}), kernel);  // (12,9)
  const double off =
      std::max((dv - v.grad()).abs().max().item(), (dx - x.grad()).abs().max().item());
  std::cout << "gradients by hand: " << (off < 1e-4 ? "right" : "wrong") << "\n";
  //> gradients by hand: right

  // ## What moves with what
  // Shift the picture by one pixel, and the feature map shifts by one pixel and is
  // otherwise the same: the layer is *equivariant* to shifts. A dense layer would have to
  // learn every object again for every place.

  const Tensor moved =
      roll(big, {1}, {1});  // one to the right; the last column comes first
  const Tensor before = corr2d(big, kernel), after = corr2d(moved, kernel);  // (10,6)
  const bool equivariant =
      (after[{all, slice(1, 6)}] == before[{all, slice(0, 5)}]).to(f32).min().item() == 1;
  std::cout << "shifted in, shifted out: " << (equivariant ? "yes" : "no") << "\n";
  //> shifted in, shifted out: yes

  // Which inputs can an output see? After one layer with a 3x3 kernel, nine pixels: its
  // *receptive field*. A second such layer looks at 3x3 feature pixels, each of which sees
  // 3x3 pixels: 5x5 in all. The gradient shows it: where it is not 0, the output looked.

  const Tensor picture = ones({1, 1, 9, 9}).requires_grad_();    // (1,1,9,9)
  const Tensor w = ones({1, 1, 3, 3});                           // (1,1,3,3)
  F::conv2d(F::conv2d(picture, w), w)[{0, 0, 2, 2}].backward();  // the middle of (5,5)
  std::cout << picture.grad().view({9, 9})[{slice(1, 8)}].to(i32) << "\n";
  //> tensor([[0, 0, 0, 0, 0, 0, 0, 0, 0],
  //>         [0, 0, 1, 2, 3, 2, 1, 0, 0],
  //>         [0, 0, 2, 4, 6, 4, 2, 0, 0],
  //>         [0, 0, 3, 6, 9, 6, 3, 0, 0],
  //>         [0, 0, 2, 4, 6, 4, 2, 0, 0],
  //>         [0, 0, 1, 2, 3, 2, 1, 0, 0],
  //>         [0, 0, 0, 0, 0, 0, 0, 0, 0]], dtype=i32)
  const int64_t seen = (picture.grad() != 0).sum().item<int64_t>();

  // The numbers count the ways from a pixel to the output: the middle has most.

  // ## Bars
  // How small the loss is after ten steps depends on the start; how fast it falls does not.

  if (lesson.seed() == 0) lesson.expect("loss after ten steps", last_loss, at_most(0.05));
  lesson.expect("the loss fell by", first_loss / last_loss, at_least(50));
  lesson.expect("product of matrices against loops", by_mul, at_most(1e-5));
  lesson.expect("turned kernel in a true convolution", turned, near(0, 0));
  lesson.expect("learned turned", std::max(apart, kernels_apart), at_most(1e-6));
  lesson.expect("gradients against the tape", off, at_most(1e-4));
  lesson.expect("equivariant to shifts", equivariant);
  lesson.expect("receptive field of two layers", seen, near(25, 0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Sameness everywhere and nearness turn a dense layer into a convolutional one: a kernel
//   of a few weights that moves over the image.
// - What libraries compute is cross-correlation; true convolution turns the kernel around.
//   For kernels that are learned it makes no difference.
// - With its windows as columns a convolution is a product of matrices.
// - Its output is a feature map; it moves when the input moves. Layer upon layer the
//   receptive field grows.
//
// ## Exercises
// 1. (Predict, then run.) Give the edge detector a picture with a diagonal edge: what does
//    (1,-1) answer, and what does its transpose?
// 2. (Derive.) What is the smallest kernel that answers with the second difference,
//    x[j-1] - 2x[j] + x[j+1], along a row? Which two kernels, one after the other, do the
//    same?
// 3. (Derive, then run.) How large is the receptive field of L layers with k x k kernels?
//    Test it for L = 3 and k = 3 as above.
// 4. (Code.) Learn a kernel (3,3) that blurs: make outputs with a kernel of nine times 1/9
//    from random pictures, and start from random weights.
