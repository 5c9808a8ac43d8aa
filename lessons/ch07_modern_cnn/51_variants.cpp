// # 7.51 A family of blocks
//
// The residual block of 7.6 has been taken apart and put together again in every way. What
// if it first makes its channels few? What if they work in groups, or each one for itself?
// Does the order of its layers matter? From far these networks have many names, from near
// they are one loop over stages and five little blocks.
//
// You know: ResNet (7.6), 1x1 convolutions (7.3), groups (6.4), batch normalisation (7.5).
// New here: bottlenecks, pre-activation, wide networks, ResNeXt, MobileNet.

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "handgrad.hpp"
#include "train.hpp"
using namespace hg;
namespace F = nn::functional;

// ## What all blocks share
// A block takes `in` channels to `out`, perhaps with half the picture; `inner` is the width
// of what lies between. No convolution has a bias: a normalisation stands behind it (7.5,
// exercise 1). The shortcut changes its input only where the shape has to change.

struct Sizes {
  int64_t in, out, inner = 0, stride = 1, groups = 1;
};

nn::ConvOptions conv(int64_t in, int64_t out, int64_t side, int64_t stride = 1,
                     int64_t groups = 1) {
  return {.in_channels = in,
          .out_channels = out,
          .kernel_size = side,
          .stride = stride,
          .padding = side / 2,
          .groups = groups,
          .bias = false};
}

struct Shortcut : nn::Module {
  std::optional<nn::Conv2d> fit;
  std::optional<nn::BatchNorm2d> bn;

  explicit Shortcut(const Sizes& s) {
    if (s.in == s.out && s.stride == 1) return;
    fit.emplace(*this, "fit", conv(s.in, s.out, 1, s.stride));
    bn.emplace(*this, "bn", s.out);
  }
  Tensor forward(const Tensor& x) override { return fit ? (*bn)((*fit)(x)) : x; }
};

// ## The original, V1
// Two convolutions of 3x3, as in 7.6. This is the block of ResNet-18 and 34.

struct Basic : nn::Module {
  nn::Conv2d conv1, conv2;
  nn::BatchNorm2d bn1, bn2;
  Shortcut shortcut;

  explicit Basic(const Sizes& s)
      : conv1(*this, "conv1", conv(s.in, s.out, 3, s.stride)),
        conv2(*this, "conv2", conv(s.out, s.out, 3)),
        bn1(*this, "bn1", s.out),
        bn2(*this, "bn2", s.out),
        shortcut(s) {
    adopt("shortcut", shortcut);
  }
  Tensor forward(const Tensor& x) override {  // (N,in,H,W) -> (N,out,H/stride,W/stride)
    const Tensor y = bn2(conv2(relu(bn1(conv1(x)))));
    return relu(y + shortcut(x));
  }
};

// ## Pre-activation, V2
// The sum above goes through a relu before the next block sees it, so the way from block to
// block is not quite free: what is negative is cut off, forward and backward. V2 moves
// normalisation and relu in front of each convolution. Then nothing stands on the main
// road; a network of 1001 layers could be trained.
//
//     V1      x_next = relu(x + f(x))          f: conv bn relu conv bn
//     V2      x_next = x + f(x)                f: bn relu conv bn relu conv
//
// The course's notes name V2 and pre-activation as two things. They are one: V2 *is* the
// pre-activation block, the second paper of the same authors.

struct PreActivation : nn::Module {
  nn::BatchNorm2d bn1, bn2;
  nn::Conv2d conv1, conv2;
  std::optional<nn::Conv2d> fit;

  explicit PreActivation(const Sizes& s)
      : bn1(*this, "bn1", s.in),
        bn2(*this, "bn2", s.out),
        conv1(*this, "conv1", conv(s.in, s.out, 3, s.stride)),
        conv2(*this, "conv2", conv(s.out, s.out, 3)) {
    if (s.in != s.out || s.stride != 1)
      fit.emplace(*this, "fit", conv(s.in, s.out, 1, s.stride));
  }
  Tensor forward(const Tensor& x) override {  // (N,in,H,W) -> (N,out,H/stride,W/stride)
    const Tensor a = relu(bn1(x));
    const Tensor y = conv2(relu(bn2(conv1(a))));
    return y + (fit ? (*fit)(a) : x);
  }
};

// ## Bottleneck, and ResNeXt
// A 3x3 convolution on C channels has 9 C^2 weights. With C/4 channels it has a sixteenth;
// so a 1x1 makes the channels few, the 3x3 works on those, and another 1x1 makes them many
// again: ResNet-50, 101 and 152. The stride is the 3x3's. (The paper gave it to the first
// 1x1, which then never sees three of four pixels.)
//
// ResNeXt lets the 3x3 work in *groups*, so many small paths side by side. Their number is
// the *cardinality*. Groups make it cheap, so it can be wider: "32x4d" means 32 groups that
// begin with 4 channels each, 128 in place of ResNet-50's 64, at the same cost.
//
// A *wide* ResNet has a large inner width and no groups.

struct Bottleneck : nn::Module {
  nn::Conv2d narrow, middle, widen;
  nn::BatchNorm2d bn1, bn2, bn3;
  Shortcut shortcut;

  explicit Bottleneck(const Sizes& s)
      : narrow(*this, "narrow", conv(s.in, s.inner, 1)),
        middle(*this, "middle", conv(s.inner, s.inner, 3, s.stride, s.groups)),
        widen(*this, "widen", conv(s.inner, s.out, 1)),
        bn1(*this, "bn1", s.inner),
        bn2(*this, "bn2", s.inner),
        bn3(*this, "bn3", s.out),
        shortcut(s) {
    adopt("shortcut", shortcut);
  }
  Tensor forward(const Tensor& x) override {  // (N,in,H,W) -> (N,out,H/stride,W/stride)
    Tensor y = relu(bn1(narrow(x)));          // (N,inner,H,W)
    y = relu(bn2(middle(y)));                 // (N,inner,H/stride,W/stride)
    return relu(bn3(widen(y)) + shortcut(x));
  }
};

// ## MobileNet
// As many groups as channels: a *depthwise* convolution filters each channel by itself and
// mixes nothing. A 1x1 does the mixing. Per output number that is 9 + C multiplications in
// place of 9 C, for large C a ninth. (MobileNet is no ResNet: it has no shortcut.)

struct Separable : nn::Module {
  nn::Conv2d depthwise, mix;
  nn::BatchNorm2d bn1, bn2;

  explicit Separable(const Sizes& s)
      : depthwise(*this, "depthwise", conv(s.in, s.in, 3, s.stride, s.in)),
        mix(*this, "mix", conv(s.in, s.out, 1)),
        bn1(*this, "bn1", s.in),
        bn2(*this, "bn2", s.out) {}
  Tensor forward(const Tensor& x) override {  // (N,in,H,W) -> (N,out,H/stride,W/stride)
    return relu(bn2(mix(relu(bn1(depthwise(x))))));
  }
};

// ## Networks
// A network is a list of block counts. Each stage after the first has twice the channels
// and half the picture.

enum class Kind { basic, pre_activation, bottleneck, separable };

struct Design {
  std::string name;
  Kind kind;
  std::vector<int64_t> blocks;               // in each stage
  int64_t out = 64, inner = 64, groups = 1;  // channels of the first stage
  int64_t stem = 64;
  bool pool = true;  // a stem of 7x7 and a pool: a quarter of the side; else 3x3: the half
  int64_t colours = 3, classes = 1000;
};

void build(nn::Sequential& net, const Design& d) {
  net.add<nn::Conv2d>(conv(d.colours, d.stem, d.pool ? 7 : 3, 2));
  net.add<nn::BatchNorm2d>(d.stem);
  net.add<nn::ReLU>();
  if (d.pool) net.add<nn::MaxPool2d>(3, 2, 1);
  Sizes s{.in = d.stem, .out = d.out, .inner = d.inner, .groups = d.groups};
  for (size_t stage = 0; stage < d.blocks.size(); ++stage) {
    for (int64_t i = 0; i < d.blocks[stage]; ++i, s.in = s.out) {
      s.stride = stage > 0 && i == 0 ? 2 : 1;
      if (d.kind == Kind::basic) net.add<Basic>(s);
      if (d.kind == Kind::pre_activation) net.add<PreActivation>(s);
      if (d.kind == Kind::bottleneck) net.add<Bottleneck>(s);
      if (d.kind == Kind::separable) net.add<Separable>(s);
    }
    s.out *= 2, s.inner *= 2;
  }
  if (d.kind == Kind::pre_activation) {  // the last sum has not been through either
    net.add<nn::BatchNorm2d>(s.in);
    net.add<nn::ReLU>();
  }
  net.add<nn::AdaptiveAvgPool2d>(1);  // (N,in,1,1)
  net.add<nn::Flatten>();             // (N,in)
  net.add<nn::Linear>(s.in, d.classes);
}

// The same walk on paper. A convolution from C to K channels in g groups has k k C/g K
// weights, and multiplies each once for every place of its result; the normalisation behind
// it has 2 K numbers. (V2 has them elsewhere; it is only built.)

struct Count {
  int64_t parameters = 0, macs = 0;

  void conv(int64_t in, int64_t out, int64_t k, int64_t side, int64_t groups = 1) {
    const int64_t weights = k * k * (in / groups) * out;
    parameters += weights + 2 * out;
    macs += weights * side * side;
  }
};

Count count(const Design& d, int64_t side) {
  Count c;
  c.conv(d.colours, d.stem, d.pool ? 7 : 3, side /= 2);
  if (d.pool) side /= 2;
  int64_t in = d.stem, out = d.out, inner = d.inner;
  for (size_t stage = 0; stage < d.blocks.size(); ++stage, out *= 2, inner *= 2) {
    for (int64_t i = 0; i < d.blocks[stage]; ++i, in = out) {
      const int64_t before = side;
      if (stage > 0 && i == 0) side /= 2;
      if (d.kind == Kind::basic) {
        c.conv(in, out, 3, side);
        c.conv(out, out, 3, side);
      } else if (d.kind == Kind::bottleneck) {
        c.conv(in, inner, 1, before);
        c.conv(inner, inner, 3, side, d.groups);
        c.conv(inner, out, 1, side);
      } else {
        c.conv(in, in, 3, side, in);
        c.conv(in, out, 1, side);
        continue;  // no shortcut
      }
      if (in != out || side != before) c.conv(in, out, 1, side);
    }
  }
  c.parameters += in * d.classes + d.classes;
  c.macs += in * d.classes;
  return c;
}

// And as the built network counts itself: multiplications of convolutions and dense layers,
// as is the custom, those of the normalisations left out.
Count measure(nn::Module& net, const Shape& input) {
  Count c;
  for (const nn::SummaryRow& row : nn::summary(net, input).rows) {
    c.parameters += row.parameters;
    if (row.type == "Conv2d" || row.type == "Linear") c.macs += row.macs;
  }
  return c;
}

struct Result {
  double loss, accuracy;  // of the last epoch, in training; on the test images
};

// Two epochs, the second with a tenth of the rate; fewer and smaller batches for a check.
Result train(nn::Module& net, const data::Fashion& fashion, bool check, uint64_t seed) {
  data::DataLoader images(fashion.train,
                          {.batch_size = check ? 16 : 64, .shuffle = true, .seed = seed});
  data::DataLoader test(fashion.test, {.batch_size = 250});
  manual_seed(seed + 1);
  net.apply(classifier::he);
  const double lr = check ? 0.02 : 0.05;
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", lr}, {"momentum", 0.9}});
  optim::MultiStepLR schedule(sgd, {1}, 0.1);
  Accumulator metric(2);  // loss, images
  for (int epoch = 0; epoch < (check ? 1 : 2); ++epoch) {
    metric.reset();
    for (auto [X, y] : images) {  // (64,1,28,28), (64)
      const Tensor loss = F::cross_entropy(net(X), y);
      sgd.zero_grad();
      loss.backward();
      sgd.step();
      metric.add(loss.item() * double(len(y)), len(y));
    }
    schedule.step();
  }
  return {metric[0] / metric[1], evaluate_accuracy(net, test)};
}

double largest(const Tensor& t) { return t.detach().abs().max().item(); }

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "7.51 A family of blocks");
  const bool check = lesson.check();
  manual_seed(lesson.seed() + 1);

  // ## Groups are convolutions side by side
  // Four groups on 8 channels: each sees 2 and makes 3. The same with four convolutions
  // and a cat, results and gradients.

  const Tensor x = randn({2, 8, 9, 9}).requires_grad_(),   // (2,8,9,9)
      w = randn({12, 2, 3, 3}).requires_grad_();           // (12,2,3,3)
  const Tensor grouped = F::conv2d(x, w, {}, 1, 1, 1, 4);  // (2,12,9,9)
  std::vector<Tensor> parts;
  for (int64_t g : {0, 1, 2, 3}) {
    parts.push_back(F::conv2d(x[{all, slice(2 * g, 2 * g + 2)}],  // (2,2,9,9)
                              w[slice(3 * g, 3 * g + 3)],         // (3,2,3,3)
                              {}, 1, 1));                         // (2,3,9,9)
  }
  const Tensor split = cat(parts, 1), dy = randn({2, 12, 9, 9});  // (2,12,9,9)
  grouped.backward(dy);
  const Tensor dx = x.grad().clone(), dw = w.grad().clone();
  x.zero_grad();
  w.zero_grad();
  split.backward(dy);
  double apart = 0;
  for (const Tensor& d : {grouped - split, dx - x.grad(), dw - w.grad()}) {
    apart = std::max(apart, largest(d));
  }
  std::cout << "groups and split convolutions: " << (apart < 1e-5 ? "same" : "other")
            << "\n";
  //> groups and split convolutions: same

  // ## The main road
  // Blocks whose convolutions are all 0 add nothing. V2 then hands on any x as it is; V1
  // cuts off what is negative.

  Basic v1({.in = 8, .out = 8});
  PreActivation v2({.in = 8, .out = 8});
  for (nn::Module* block : {static_cast<nn::Module*>(&v1), static_cast<nn::Module*>(&v2)}) {
    block->apply([](nn::Module& m) {
      classifier::for_weight(m, [](auto& weight) { nn::init::zeros_(weight); });
    });
  }
  const bool cuts = largest(v1(x) - relu(x)) == 0, clean = largest(v2(x) - x) == 0;
  std::printf("V1 hands on %s, V2 %s\n", cuts ? "relu(x)" : "something else",
              clean ? "x" : "something else");
  //> V1 hands on relu(x), V2 x

  // ## The published networks
  // For colour pictures of 224x224 and 1000 classes. Their parameters are known to the last
  // one; MobileNet's paper says 4.2 million, and 569 million multiplications.

  const std::vector<std::pair<Design, int64_t>> published = {
      {{"ResNet-18", Kind::basic, {2, 2, 2, 2}}, 11689512},
      {{"ResNet-34", Kind::basic, {3, 4, 6, 3}}, 21797672},
      {{"ResNet-50", Kind::bottleneck, {3, 4, 6, 3}, 256}, 25557032},
      {{"ResNet-101", Kind::bottleneck, {3, 4, 23, 3}, 256}, 44549160},
      {{"ResNet-152", Kind::bottleneck, {3, 8, 36, 3}, 256}, 60192808},
      {{"ResNeXt-50 32x4d", Kind::bottleneck, {3, 4, 6, 3}, 256, 128, 32}, 25028904},
      {{"Wide ResNet-50-2", Kind::bottleneck, {3, 4, 6, 3}, 256, 128}, 68883240},
      {{"MobileNet", Kind::separable, {1, 2, 2, 6, 2}, 64, 0, 1, 32, false}, 4231976}};

  bool counts = true;
  for (const auto& [design, parameters] : published) {
    const Count paper = count(design, 224);
    std::printf("%-16s %9d parameters %6.2f billion multiplications\n", design.name.c_str(),
                int(paper.parameters), double(paper.macs) / 1e9);
    counts = counts && paper.parameters == parameters;

    // Built, and run on a smaller picture. (In a run of seconds only the smallest two.)
    if (check && parameters > 20'000'000) continue;
    nn::Sequential net;
    build(net, design);
    const Count real = measure(net, {1, 3, 64, 64}), small = count(design, 64);
    counts = counts && real.parameters == parameters && real.macs == small.macs;
  }
  //> ResNet-18         11689512 parameters   1.81 billion multiplications
  //> ResNet-34         21797672 parameters   3.66 billion multiplications
  //> ResNet-50         25557032 parameters   4.09 billion multiplications
  //> ResNet-101        44549160 parameters   7.80 billion multiplications
  //> ResNet-152        60192808 parameters  11.51 billion multiplications
  //> ResNeXt-50 32x4d  25028904 parameters   4.23 billion multiplications
  //> Wide ResNet-50-2  68883240 parameters  11.40 billion multiplications
  //> MobileNet          4231976 parameters   0.57 billion multiplications

  // ResNet-50 costs hardly more than 34. ResNeXt-50 costs what ResNet-50 does, and names
  // more of ImageNet's pictures right. The wide one of 50 layers costs as much as 152
  // narrow ones, but its layers wait for each other less often: machines like few large
  // products.
  //
  // ## Small ones, trained
  // Three stages of two blocks behind a stem that halves the picture to 14x14, at first 8
  // channels in a 3x3 of V1. The wide one has 16 and single blocks.

  const std::vector<Design> designs = {
      {"V1", Kind::basic, {2, 2, 2}, 8, 0, 1, 8},
      {"V2", Kind::pre_activation, {2, 2, 2}, 8, 0, 1, 8},
      {"bottleneck", Kind::bottleneck, {2, 2, 2}, 32, 8, 1, 8},
      {"ResNeXt", Kind::bottleneck, {2, 2, 2}, 32, 16, 8, 8},
      {"wide", Kind::basic, {1, 1, 1}, 16, 0, 1, 16},
      {"MobileNet", Kind::separable, {2, 2, 2}, 16, 0, 1, 8}};
  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 960 : 10000, .test_count = check ? 500 : 5000});
  auto report = [&](const std::string& name, nn::Sequential& net) {
    const Count c = measure(net, {1, 1, 28, 28});
    const Result r = train(net, fashion, check, lesson.seed());
    std::printf("%-13s %6d parameters %5.2f M mult.  loss %.3f  test acc %.3f\n",
                name.c_str(), int(c.parameters), double(c.macs) / 1e6, r.loss, r.accuracy);
    return r;
  };
  double worst = 0, least = 1;  // loss, accuracy
  for (Design design : designs) {
    design.pool = false, design.colours = 1, design.classes = 10;
    nn::Sequential net;
    build(net, design);
    const Result r = report(design.name, net);
    worst = std::max(worst, r.loss), least = std::min(least, r.accuracy);
  }
  //>[0.08] V1             44226 parameters  1.39 M mult.  loss 0.315  test acc 0.887
  //>[0.08] V2             44146 parameters  1.39 M mult.  loss 0.323  test acc 0.886
  //>[0.08] bottleneck     56610 parameters  1.75 M mult.  loss 0.300  test acc 0.897
  //>[0.08] ResNeXt        63714 parameters  2.09 M mult.  loss 0.317  test acc 0.890
  //>[0.08] wide           77754 parameters  2.55 M mult.  loss 0.249  test acc 0.909
  //>[0.08] MobileNet      11098 parameters  0.34 M mult.  loss 0.576  test acc 0.794

  // At this size the order and the shape of the blocks hardly matter: V2's free road pays
  // in hundreds of layers, bottleneck and groups where channels are many. Width does
  // matter, at its price. MobileNet, at a quarter of V1's weights and work, learns more
  // slowly; it is made for phones, where that quarter counts.
  //
  // ## Two ways to make a picture smaller
  // A pooling keeps the largest of four and has nothing to learn; a convolution with stride
  // 2 learns what to keep. Pool first and convolve what is left, and both have the same
  // weights and the same work. (Convolve first, and it is four times the work.)

  enum class Down { stride, pool_first, pool_last };
  const std::vector<std::pair<std::string, Down>> ways = {{"stride 2", Down::stride},
                                                          {"pool, conv", Down::pool_first},
                                                          {"conv, pool", Down::pool_last}};
  std::vector<Count> budgets;
  std::vector<double> losses;
  for (const auto& [name, way] : ways) {
    nn::Sequential net;
    net.add<nn::Conv2d>(conv(1, 8, 3));  // (N,8,28,28)
    net.add<nn::BatchNorm2d>(8);
    net.add<nn::ReLU>();
    for (int64_t c : {8, 16}) {  // -> (N,16,14,14) -> (N,32,7,7)
      if (way == Down::pool_first) net.add<nn::MaxPool2d>(2);
      net.add<nn::Conv2d>(conv(c, 2 * c, 3, way == Down::stride ? 2 : 1));
      if (way == Down::pool_last) net.add<nn::MaxPool2d>(2);
      net.add<nn::BatchNorm2d>(2 * c);
      net.add<nn::ReLU>();
    }
    net.add<nn::AdaptiveAvgPool2d>(1);
    net.add<nn::Flatten>();
    net.add<nn::Linear>(32, 10);
    const Result r = report(name, net);
    worst = std::max(worst, r.loss), least = std::min(least, r.accuracy);
    budgets.push_back(measure(net, {1, 1, 28, 28}));
    losses.push_back(r.loss);
  }
  //>[0.15] stride 2        6274 parameters  0.51 M mult.  loss 0.917  test acc 0.727
  //>[0.15] pool, conv      6274 parameters  0.51 M mult.  loss 0.547  test acc 0.844
  //>[0.15] conv, pool      6274 parameters  1.86 M mult.  loss 0.576  test acc 0.860

  // In so short a training the pool is clearly ahead: the largest of four is a good choice
  // from the first step on, and a kernel behind it looks at 6x6 pixels in place of 3x3.
  //
  // ## Bars
  const bool real = fashion.real;
  lesson.expect("groups against split convolutions", apart, at_most(1e-5));
  lesson.expect("V1 hands on relu(x), V2 x", cuts && clean);
  lesson.expect("parameters and multiplications as published", counts);
  lesson.expect(
      "stride 2 and pool, conv: one budget",
      budgets[0].macs == budgets[1].macs && budgets[0].parameters == budgets[1].parameters);
  if (!check) {
    lesson.expect("loss of pool, conv, in shares of stride 2's", losses[1] / losses[0],
                  at_most(1));
  }
  lesson.expect("largest train loss", worst, at_most(check ? 2.4 : real ? 1.2 : 1.1));
  lesson.expect("least test accuracy", least, at_least(check ? 0.15 : real ? 0.6 : 0.65));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A bottleneck makes channels few by a 1x1, works, and makes them many again.
// - V2 is pre-activation: normalisation and relu before each convolution, nothing on the
//   main road.
// - Groups cut weights and multiplications by their number; ResNeXt spends what is saved on
//   width. With a group per channel and a 1x1 behind it, that is MobileNet's block.
// - Multiplications are not time: many small ones may take longer than one large product.
//
// ## Exercises
// 1. (Derive.) How many weights have the convolutions of a bottleneck with 256 channels and
//    inner width 64, and of a basic block with 256? At which width is the basic one as
//    small?
// 2. (Derive.) ResNet-50 as in the paper has the stride in its first 1x1. How many
//    multiplications does that save?
// 3. (Code.) The paper on ResNeXt draws its block as 32 separate bottlenecks of width 4
//    whose results are added. Build that, give it the weights of a grouped block, and
//    compare.
// 4. (Code.) Put two grouped 1x1 convolutions one behind the other. Which inputs reach
//    which outputs? Then mix the channels in between, so that all reach all ("channel
//    shuffle").
