// # 6.4 Padding, stride and channels
//
// Each convolution with a 5x5 kernel takes four rows and columns from a picture: after
// seven of them nothing is left of 28x28. And a colour photo has three numbers for each
// pixel. How are sizes kept, or halved on purpose, and what is a convolution of colours?
//
// You know: convolution, kernels, feature maps (6.2).
// New here: padding, stride and dilation; several channels in and out; 1x1 kernels; groups.

#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

// ## Padding
// A pixel in the corner is seen by a single window, one in the middle by h*w of them; so
// the border counts for less, and the picture shrinks. With p rows of zeros above and
// below, and columns likewise, the size becomes
//
//     H' = H + 2p - h + 1
//
// and for an odd kernel, p = (h-1)/2 leaves it as it is. That is a good reason to choose
// odd kernels.

Shape size_of(nn::Module& layer, const Shape& x) {  // what a batch of shape x becomes
  no_grad guard;
  return layer(zeros(x)).shape();
}

// ## Channels in
// An image with C channels is (C,H,W). The kernel gets C channels, too, each with weights
// of its own, and the results are added: what is looked for may be "red here, green there".
//
//     y[i,j] = sum_c sum_rs w[c,r,s] x[c,i+r,j+s]

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

Tensor corr2d_multi_in(const Tensor& X, const Tensor& K) {  // (C,H,W), (C,h,w) -> (H',W')
  Tensor Y = corr2d(X[0], K[0]);
  for (int64_t c = 1; c < X.size(0); ++c) Y += corr2d(X[c], K[c]);
  return Y;
}

// ## Channels out
// One such kernel finds one thing. K of them find K things, and their K feature maps are
// the channels of the output. The weights of a layer are (K,C,h,w).

Tensor corr2d_multi_in_out(const Tensor& X, const Tensor& K) {  // (C,H,W), (K,C,h,w)
  std::vector<Tensor> maps;
  for (int64_t k = 0; k < K.size(0); ++k) maps.push_back(corr2d_multi_in(X, K[k]));
  return stack(maps, 0);  // (K,H',W')
}

// ## A kernel of one pixel
// With h = w = 1 nothing is seen of the neighbours. What is left is a dense layer from C
// channels to K, the same one at every pixel: a product of matrices.

Tensor corr2d_1x1(const Tensor& X, const Tensor& K) {  // (C,H,W), (K,C,1,1) -> (K,H,W)
  const int64_t C = X.size(0), H = X.size(1), W = X.size(2), outputs = K.size(0);
  const Tensor Y = K.view({outputs, C}).matmul(X.reshape({C, H * W}));  // (K,H*W)
  return Y.view({outputs, H, W});
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "6.4 Padding, stride and channels");
  manual_seed(lesson.seed() + 1);

  // ## Sizes
  // Every layer below meets a batch of one picture with one channel, 8x8. A kernel or a
  // padding may have two numbers: rows first, then columns.

  const Shape picture = {1, 1, 8, 8};
  nn::Conv2d plain(1, 1, 3), padded(1, 1, 3, 1, 1);
  nn::Conv2d tall(
      {.in_channels = 1, .out_channels = 1, .kernel_size = {5, 3}, .padding = {2, 1}});
  nn::Conv2d same(
      {.in_channels = 1, .out_channels = 1, .kernel_size = 4, .padding = "same"});
  std::cout << "3x3: " << size_of(plain, picture)
            << "; padding 1: " << size_of(padded, picture) << "\n"
            << "5x3, padding (2,1): " << size_of(tall, picture)
            << "; 4x4, same: " << size_of(same, picture) << "\n";
  //> 3x3: (1,1,6,6); padding 1: (1,1,8,8)
  //> 5x3, padding (2,1): (1,1,8,8); 4x4, same: (1,1,8,8)

  // A kernel of even size needs an odd number of zeros in all, three for 4x4; "same" puts
  // the one too many below and to the right.
  //
  // **Stride.** A window need not move by one. With stride s every s-th place is computed:
  //
  //     H' = floor((H + 2p - h)/s) + 1
  //
  // Stride 2 halves a picture, and leaves a quarter of the work for what follows.

  nn::Conv2d half(1, 1, 3, 2, 1);
  nn::Conv2d odd({.in_channels = 1,
                  .out_channels = 1,
                  .kernel_size = {3, 5},
                  .stride = {3, 4},
                  .padding = {0, 1}});
  std::cout << "stride 2: " << size_of(half, picture)
            << "; 3x5, padding (0,1), stride (3,4): " << size_of(odd, picture) << "\n";
  //> stride 2: (1,1,4,4); 3x5, padding (0,1), stride (3,4): (1,1,2,2)

  // **Dilation.** Or the kernel is pulled apart: with dilation d it looks at every d-th
  // pixel, as if there were zeros between its weights. It sees d(h-1)+1 rows for the price
  // of h.

  nn::Conv2d wide({.in_channels = 1, .out_channels = 1, .kernel_size = 3, .dilation = 2});
  std::cout << "3x3, dilation 2: " << size_of(wide, picture) << "\n";
  //> 3x3, dilation 2: (1,1,4,4)

  // The rule holds for every combination; here it is, against the library, for all of them
  // up to a size:

  int64_t tried = 0, kept = 0;
  for (int64_t H = 5; H <= 9; ++H) {
    for (int64_t h = 1; h <= 3; ++h) {
      for (int64_t p = 0; p <= 2; ++p) {
        for (int64_t s = 1; s <= 3; ++s) {
          for (int64_t d = 1; d <= 2; ++d) {
            const Tensor y =
                F::conv2d(zeros({1, 1, H, H}), zeros({1, 1, h, h}), {}, s, p, d);
            ++tried;
            kept += y.size(2) == (H + 2 * p - d * (h - 1) - 1) / s + 1;
          }
        }
      }
    }
  }
  std::printf("size rule: %d of %d\n", int(kept), int(tried));
  //> size rule: 270 of 270

  // A kernel that is larger than its padded picture fits nowhere, and that is an error:

  try {
    F::conv2d(zeros({1, 1, 3, 3}), zeros({1, 1, 6, 6}), {}, 1, 1);
  } catch (const Error& e) {
    std::cout << e.what() << "\n";
  }
  //~ conv2d: input is (1,1,3,3), kernel (6,6) with dilation (1,1) spans (6,6) places: more
  //~ than the grid and its padding (1,1) have

  // ## Several channels
  // The second channel of each is the first plus 1:

  const Tensor a = arange(9).to(f32).view({3, 3});            // (3,3)
  const Tensor k = tensor({{0.0, 1.0}, {2.0, 3.0}});          // (2,2)
  const Tensor X = stack({a, a + 1}), K = stack({k, k + 1});  // (2,3,3), (2,2,2)
  std::cout << corr2d_multi_in(X, K) << "\n";
  //> tensor([[ 56.,  72.],
  //>         [104., 120.]])

  const Tensor three = stack({K, K + 1, K + 2});      // (3,2,2,2)
  const Tensor maps = corr2d_multi_in_out(X, three);  // (3,2,2)
  std::cout << maps << "\n";
  //> tensor([[[ 56.,  72.],
  //>          [104., 120.]],
  //>
  //>         [[ 76., 100.],
  //>          [148., 172.]],
  //>
  //>         [[ 96., 128.],
  //>          [192., 224.]]])
  const Tensor library = F::conv2d(X.unsqueeze(0), three)[0];  // (3,2,2)
  const bool multi_same = (library - maps).abs().max().item() == 0;
  std::cout << "the library: " << (multi_same ? "same" : "other") << "\n";
  //> the library: same

  const Tensor x = randn({3, 5, 4}), one = randn({2, 3, 1, 1});  // C=3, K=2
  const double apart =
      (corr2d_1x1(x, one) - corr2d_multi_in_out(x, one)).abs().max().item();
  std::printf("1x1 as a product of matrices: %s\n", apart < 1e-6 ? "same" : "other");
  //> 1x1 as a product of matrices: same

  // ## What it costs
  // A layer has K*C*h*w weights (and K offsets), and each is used at each of the H'*W'
  // places: K*C*h*w*H'*W' multiplications. The picture's size costs time, not weights. Two
  // 3x3 layers see as much as one 5x5, for 18 weights in place of 25 per pair of channels,
  // and with a bend between them.

  nn::Sequential five(nn::make<nn::Conv2d>(16, 16, 5, 1, 2));
  nn::Sequential twice(nn::make<nn::Conv2d>(16, 16, 3, 1, 1), nn::make<nn::ReLU>(),
                       nn::make<nn::Conv2d>(16, 16, 3, 1, 1));
  std::cout << "one 5x5: " << five.parameter_count()
            << " parameters, two 3x3: " << twice.parameter_count() << "\n";
  //> one 5x5: 6416 parameters, two 3x3: 4640

  // ## Ways to another number of channels
  // From 32 channels of 14x14 pixels, what leads where, and what does it cost? `groups`
  // splits the channels: each group of outputs sees one group of inputs only. In the
  // extreme every channel is alone (*depthwise*), and a 1x1 layer after it mixes them.

  struct Way {
    const char* name;
    std::unique_ptr<nn::Module> layer;
  };
  std::vector<Way> ways;
  ways.push_back({"3x3, 64 kernels", nn::make<nn::Conv2d>(32, 64, 3, 1, 1)});
  ways.push_back({"1x1, 64 kernels", nn::make<nn::Conv2d>(32, 64, 1)});
  ways.push_back({"1x1, 8 kernels", nn::make<nn::Conv2d>(32, 8, 1)});
  ways.push_back(
      {"3x3, 64 kernels, 4 groups", nn::make<nn::Conv2d>(nn::ConvOptions{.in_channels = 32,
                                                                         .out_channels = 64,
                                                                         .kernel_size = 3,
                                                                         .padding = 1,
                                                                         .groups = 4})});
  ways.push_back({"5x5, 32 kernels", nn::make<nn::Conv2d>(32, 32, 5, 1, 2)});
  ways.push_back({"max of channel pairs", nn::make<nn::ChannelPool>(2)});
  ways.push_back({"max of 2x2 pixels", nn::make<nn::MaxPool2d>(2)});
  std::printf("%-28s %-16s %10s %10s\n", "layer", "output", "weights", "kMAC");
  int64_t in_groups = 0, in_full = 0;
  for (Way& way : ways) {
    const Shape from = {1, 32, 14, 14}, to = size_of(*way.layer, from);
    const int64_t weights = way.layer->parameter_count();
    std::printf("%-28s %-16s %10lld %10lld\n", way.name, to.to_string().c_str(),
                static_cast<long long>(weights),
                static_cast<long long>(way.layer->macs(from, to) / 1000));
    if (&way == &ways[0]) in_full = weights;
    if (&way == &ways[3]) in_groups = weights;
  }

  //> layer                        output              weights       kMAC
  //> 3x3, 64 kernels              (1,64,14,14)          18496       3612
  //> 1x1, 64 kernels              (1,64,14,14)           2112        401
  //> 1x1, 8 kernels               (1,8,14,14)             264         50
  //> 3x3, 64 kernels, 4 groups    (1,64,14,14)           4672        903
  //> 5x5, 32 kernels              (1,32,14,14)          25632       5017
  //> max of channel pairs         (1,16,14,14)              0          0
  //> max of 2x2 pixels            (1,32,7,7)                0          0

  // So the number of channels is the number of kernels, whatever their size, and a 1x1
  // layer is the cheapest way to another one. Pooling over pixels leaves it alone; pooling
  // over channels (6.5) is the one kind that does not. Adding a layer or dropping one
  // changes it only by the kernels which that layer has.
  //
  // ## Bars
  lesson.expect("size rule kept", kept, near(270, 0));
  lesson.expect("padding keeps 8x8", size_of(padded, picture) == picture &&
                                         size_of(tall, picture) == picture &&
                                         size_of(same, picture) == picture);
  lesson.expect("several channels as in the library", multi_same);
  lesson.expect("1x1 as a product of matrices", apart, at_most(1e-6));
  lesson.expect("weights saved by 4 groups", double(in_full - 64) / double(in_groups - 64),
                near(4, 0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Padding keeps a picture's size, stride divides it, dilation widens the view.
// - Each output channel has a kernel over all input channels: weights (K,C,h,w).
// - A 1x1 convolution is a dense layer at every pixel; it changes the number of channels.
// - Weights do not depend on the size of the picture, the work does.
//
// ## Exercises
// 1. (Predict, then run.) What becomes of (1,3,224,224) in a layer with 64 kernels 7x7,
//    stride 2 and padding 3? How many weights and multiplications is that?
// 2. (Derive.) Two convolutions without anything between them are one convolution. Which
//    size has its kernel, and how many weights has it compared with the two?
// 3. (Code.) Write the library's convolution with groups from convolutions without: split
//    the channels, convolve, and join. Compare.
// 4. (Derive, then run.) A 3x3 layer from C channels to K, against a depthwise 3x3 layer
//    and a 1x1 layer after it: what is the ratio of the weights? Count for C = K = 64.
