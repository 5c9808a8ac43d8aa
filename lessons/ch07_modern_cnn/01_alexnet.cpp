// # 7.1 AlexNet
//
// LeNet could read digits in 1990, and yet for twenty years hardly anybody used such
// networks for photographs. People designed by hand what to look at in an image, and only
// the last, linear step was learned. In 2012 a deep network, AlexNet, won the yearly
// contest of recognition, with 15 errors in a hundred where the second had 26: it had
// learned what to look at, too. We build the old way and the new one, and let them name the
// same clothes.
//
// You know: softmax regression (3.7), k-means (1.51), dropout (4.6), LeNet (6.6).
// New here: features made by hand; a deep convolutional network.

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <numbers>
#include <vector>

#include "handgrad.hpp"
#include "train.hpp"
using namespace hg;
namespace F = nn::functional;

// ## Features made by hand
// A good feature says what is there, whatever the light, the size and the turn of the
// thing. Brightness itself is bad at this; the *directions of edges* are much better. Four
// ideas ruled the field:
//
// **SIFT** (Lowe, 1999) looks for places that stand out from their neighbourhood, in the
// image and in smaller and smaller copies of it. The neighbourhood of each is turned to its
// main direction and cut into 4x4 cells. In each cell the pixels vote for one of 8
// directions, that of their gradient, with its length as weight: 128 numbers, a
// *descriptor*, by which the place is found again in another photograph.
//
// **SURF** (Bay and others, 2006) gets nearly the same from sums over boxes alone. With a
// table of running sums each box costs four look-ups, however large, so it is much faster.
//
// **HOG** (Dalal and Triggs, 2005) looks everywhere instead of at chosen places: a grid of
// cells, each with its histogram of gradient directions. Four neighbours make a block, and
// a block is divided by its length, which takes out the light.
//
// **Visual words** (Sivic and Zisserman, 2003) treat an image like a text: k-means groups
// the descriptors of many images, the k centres are the words, and an image is described
// by how often it has each word, in no order.
//
// We write HOG, and take its blocks as the descriptors of visual words.
//
// ## HOG
// Differences of neighbours tell the gradient (dx, dy) of each pixel: its length, and its
// direction, without sign, from 0 to pi. A pixel votes for the two of 9 directions that are
// nearest to its own; a vote is larger the nearer they are.

const int64_t directions = 9, cell = 4;  // pixels

// The votes: (N,1,28,28) -> (N,28,28,9).
Tensor edges(const Tensor& images) {
  const Tensor x = F::pad(images.squeeze(1), {1, 1, 1, 1}, "replicate");  // (N,30,30)
  const auto inner = slice(1, -1), next = slice(2, {}), before = slice(0, -2);
  const Tensor dx = x[{all, inner, next}] - x[{all, inner, before}];  // (N,28,28)
  const Tensor dy = x[{all, next, inner}] - x[{all, before, inner}];  // (N,28,28)
  const Tensor length = (dx.square() + dy.square()).sqrt();
  const Tensor angle = atan(dy / where(dx == 0, 1e-6, dx));  // from -pi/2 to pi/2
  const Tensor turn = (angle / std::numbers::pi + 0.5) * double(directions);  // 0 to 9
  std::vector<Tensor> votes;
  for (int64_t k = 0; k < directions; ++k) {
    const Tensor apart = (turn - (double(k) + 0.5)).abs();
    const Tensor way = apart.minimum(double(directions) - apart);  // 9 is 0 again
    votes.push_back(length * relu(1 - way));                       // (N,28,28)
  }
  return stack(votes, 3);
}

// Cells of 4x4 pixels add up their votes; each 2x2 cells make a block, divided by its
// length. Blocks overlap: (N,28,28,9) -> (N,36,36), 36 blocks of 36 numbers.
Tensor blocks(const Tensor& votes) {
  const auto [n, h, w, d] = votes.sizes<4>();
  const Tensor cells =
      votes.view({n, h / cell, cell, w / cell, cell, d}).sum({2, 4});  // (N,7,7,9)
  const Tensor around = cells.unfold(1, 2, 1).unfold(2, 2, 1);         // (N,6,6,9,2,2)
  const Tensor block = around.reshape({n, -1, 4 * d});                 // (N,36,36)
  return block / (block.square().sum(2, true) + 0.01).sqrt();
}

Tensor hog(const data::ImageDataset& images) {  // (N,36,36)
  std::vector<Tensor> parts;
  data::DataLoader loader(images, {.batch_size = 500});
  for (auto [X, y] : loader) parts.push_back(blocks(edges(X)));
  return cat(parts);
}

// ## Visual words
// k-means as in 1.51, on the blocks of some images. |x - c|^2 = |x|^2 - 2 x c + |c|^2, and
// the first term is the same for all c.

Tensor nearest(const Tensor& x, const Tensor& centres) {  // (M,36), (k,36) -> (M)
  return (centres.square().sum(1) - 2 * x.mm(centres.t())).argmin(1);
}

Tensor vocabulary(const Tensor& x, int64_t k) {     // (M,36) -> (k,36)
  Tensor words = x[randperm(len(x))[slice(0, k)]];  // (k,36)
  for (int round = 0; round < 10; ++round) {
    const Tensor member = one_hot(nearest(x, words), k).to(f32);  // (M,k)
    words = member.t().mm(x) / member.sum(0).clamp(1).unsqueeze(1);
  }
  return words;
}

// How often has an image each word? A root keeps frequent words from drowning the others.
Tensor bags(const Tensor& descriptors, const Tensor& words) {  // (N,36,36) -> (N,k)
  std::vector<Tensor> parts;
  for (const Tensor& some : descriptors.split(500)) {
    const Tensor word = nearest(some.flatten(0, 1), words);  // (500*36)
    const Tensor count = one_hot(word, len(words)).view({len(some), -1, len(words)}).sum(1);
    parts.push_back(count.to(f32).sqrt());  // (500,k)
  }
  return cat(parts);
}

// ## The old way: features, then softmax regression
// Only this linear step is trained.

struct Features {
  Tensor train, test;  // (N,features), (M,features)
};

double classify(const Features& x, const Tensor& y, const Tensor& y_test, int epochs) {
  nn::Linear classifier(x.train.size(1), 10);
  auto sgd = optim::make("sgd", classifier.parameters(), {{"lr", 0.1}, {"momentum", 0.9}});
  data::DataLoader loader(data::TensorDataset({x.train, y}),
                          {.batch_size = 100, .shuffle = true, .seed = 1});
  double best = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (auto [features, label] : loader) {  // (100,features), (100)
      const Tensor loss = F::cross_entropy(classifier(features), label);
      sgd.zero_grad();
      loss.backward();
      sgd.step();
    }
    const int64_t right = count_correct(classifier(x.test), y_test);
    best = std::max(best, double(right) / double(len(y_test)));
  }
  return best;
}

// ## The new way
// AlexNet (Krizhevsky, Sutskever and Hinton, 2012) is a LeNet at heart. But it is deeper,
// five convolutions and three dense layers; it is far wider; it has relu for the sigmoid
// (4.8 shows why a deep network needs that), maxima for means, and dropout in the dense
// layers, which hold most of the weights. It was trained on 1.2 million photographs, with
// two graphics cards, for a week. This is the book's, for images of 224x224:

nn::Sequential alexnet() {
  using namespace nn;
  return Sequential(
      make<Conv2d>(1, 96, 11, 4, 1), make<ReLU>(), make<MaxPool2d>(3, 2),    // 54 -> 26
      make<Conv2d>(96, 256, 5, 1, 2), make<ReLU>(), make<MaxPool2d>(3, 2),   // 12
      make<Conv2d>(256, 384, 3, 1, 1), make<ReLU>(),                         // 12
      make<Conv2d>(384, 384, 3, 1, 1), make<ReLU>(),                         // 12
      make<Conv2d>(384, 256, 3, 1, 1), make<ReLU>(), make<MaxPool2d>(3, 2),  // 5
      make<Flatten>(),                                                       // 6400
      make<Linear>(6400, 4096), make<ReLU>(), make<Dropout>(0.5), make<Linear>(4096, 4096),
      make<ReLU>(), make<Dropout>(0.5), make<Linear>(4096, 10));
}

// Its first kernels are large, as the images are, and leave out three of four places. Ours
// have 28x28 pixels: the first kernels get 5x5 weights and look everywhere, and an eighth
// to a sixth of the channels is enough.

nn::Sequential small_alexnet() {
  using namespace nn;
  return Sequential(
      make<Conv2d>(1, 16, 5, 1, 2), make<ReLU>(), make<MaxPool2d>(3, 2),   // 28 -> 13
      make<Conv2d>(16, 32, 5, 1, 2), make<ReLU>(), make<MaxPool2d>(3, 2),  // 6
      make<Conv2d>(32, 48, 3, 1, 1), make<ReLU>(),                         // 6
      make<Conv2d>(48, 48, 3, 1, 1), make<ReLU>(),                         // 6
      make<Conv2d>(48, 32, 3, 1, 1), make<ReLU>(), make<MaxPool2d>(3, 2),  // 2
      make<Flatten>(),                                                     // 128
      make<Linear>(128, 128), make<ReLU>(), make<Dropout>(0.2), make<Linear>(128, 128),
      make<ReLU>(), make<Dropout>(0.2), make<Linear>(128, 10));
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, {.title = "7.1 AlexNet", .flags = {classifier::batches_flag}});
  const bool check = lesson.check(), full = lesson.full();
  const data::Fashion fashion = classifier::load(lesson, 28);

  // ## What hand-made features see
  // An image, and where it has edges of each direction: level ones in the first and the
  // last, upright ones in the fifth of the nine.

  const auto [some, its_label] = fashion.test[6];                  // (1,28,28), ()
  const Tensor votes = edges(some.unsqueeze(0))[0];                // (28,28,9)
  const Tensor bright = (votes / votes.max()).permute({2, 0, 1});  // (9,28,28), 0 to 1
  const Tensor shown = cat({some, bright});                        // (10,28,28)
  lesson.show(image_sheet(shown.unsqueeze(1), 2, 5), "edges");

  manual_seed(lesson.seed() + 1);
  const Tensor y = fashion.train.labels(), y_test = fashion.test.labels();  // (N), (M)
  const Features descriptors{hog(fashion.train), hog(fashion.test)};
  const Features grid{descriptors.train.flatten(1), descriptors.test.flatten(1)};
  const Tensor sample = descriptors.train[slice(0, 1000)].flatten(0, 1);  // (36000,36)
  const Tensor words = vocabulary(sample, check ? 50 : 200);              // (200,36)
  const Features bag{bags(descriptors.train, words), bags(descriptors.test, words)};
  const int passes = check ? 5 : 15;
  const double hog_acc = classify(grid, y, y_test, passes);
  const double bag_acc = classify(bag, y, y_test, passes);
  std::printf("%d words without order: best test acc %.3f\n", int(len(words)), bag_acc);
  std::printf("HOG, %d numbers: best test acc %.3f\n", int(grid.train.size(1)), hog_acc);
  //>[0.03] 200 words without order: best test acc 0.822
  //>[0.02] HOG, 1296 numbers: best test acc 0.921

  // Both see the same blocks. The words say which of them there are, HOG says where, too.
  //
  // ## AlexNet, layer by layer

  nn::Sequential net = full ? alexnet() : small_alexnet();
  const int64_t side = full ? 224 : 28;
  std::cout << nn::summary(net, {1, 1, side, side}) << "\n";

  // The book's network has 46,764,746 parameters (`--full`), most of them in its first
  // dense layer. The small one has its work where the places are many, in the second
  // convolution.
  //
  // ## Training
  // The loop is that of LeNet (6.6; the file train.hpp). First weights are He's, made for
  // relu (4.8). As AlexNet's authors did when the loss stood still, the last epochs go on
  // with a tenth of the rate: large steps to get near, small ones to arrive.

  const data::Fashion pixels = full ? classifier::load(lesson, side) : fashion;
  classifier::Plan plan = classifier::plan(lesson, 0.01);
  if (!check && !full) plan.epochs = 10, plan.fine = 3;
  const classifier::Outcome o = classifier::train(lesson, "AlexNet", net, pixels, plan);
  //>[0.06] AlexNet: loss 0.054, train acc 0.982, test acc 0.967, best 0.967

  // On the bundled clothes the network makes half as many mistakes as HOG. On the
  // photographs of Fashion-MNIST the two are closer with 20,000 images, 0.889 to 0.876. In
  // 2012 there were a million.
  //
  // ## Features that were learned
  // Kernels of the first layer. Some have become what SIFT and HOG were given: edges
  // of a direction. Nobody had told them.

  const Tensor w = net.at<nn::Conv2d>(0).weight.detach().flatten(1);       // (16,25)
  const Tensor low = w.min(1, true).values, high = w.max(1, true).values;  // (16,1)
  const int64_t kernel = full ? 11 : 5;
  const Tensor kernels =
      ((w - low) / (high - low)).view({-1, 1, kernel, kernel});  // (16,1,5,5), 0 to 1
  lesson.show(image_sheet(kernels, 4, 4), "kernels");

  // ## Bars
  const classifier::Bars bars = lesson.check() ? classifier::Bars{1.6, 0.4}
                              : full           ? classifier::Bars{0.4, 0.85}
                              : fashion.real   ? classifier::Bars{0.32, 0.87}
                                               : classifier::Bars{0.15, 0.945};
  classifier::expect(lesson, "AlexNet", o, bars);
  if (o.whole && !check) {
    lesson.expect("HOG: test accuracy", hog_acc, at_least(0.8));
    lesson.expect("AlexNet's lead over HOG", o.best_test_acc - hog_acc,
                  at_least(fashion.real ? 0 : 0.02));
    lesson.expect("HOG's lead over words", hog_acc - bag_acc, at_least(0.03));
  }
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Before 2012 features were made by hand, from directions of edges (SIFT, SURF, HOG) and
//   from their frequencies (visual words); only a linear classifier was trained.
// - AlexNet learns them: a deeper and wider LeNet with relu, pooling by maxima and dropout.
// - Hand-made features are good while images are few. The network needs more of them, and
//   more work, and then goes further.
//
// ## Exercises
// 1. (Derive.) Count the parameters of the book's AlexNet, layer by layer. Which share of
//    them is in the dense layers? Which share of the multiplications?
// 2. (Predict, then run.) Put sigmoids for the relus of the small network. What is its loss
//    after two epochs?
// 3. (Predict, then run.) Halve the brightness of the test images. What does AlexNet lose,
//    what does softmax regression on pixels lose, and why would HOG lose nearly nothing?
// 4. (Code.) Show an image's 16 maps behind the first convolution. Which directions of
//    edges do they follow?
