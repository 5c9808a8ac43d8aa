// # 13.51 Finding things: a grid of detectors
//
// A classifier says *what* is on a picture. A car has to know *where*, and there may be
// none, or four. How can a network, whose output always has the same shape, answer with a
// list of boxes? YOLO's answer (Redmon, Divvala, Girshick, Farhadi, *You only look once*,
// 2016): lay a grid over the picture and ask every cell the same questions at once.
//
// You know: 1x1 convolutions (7.3), batch normalisation (7.5), logistic loss (3.51).
// New here: boxes and how they are compared (IoU), a loss of three parts, objectness,
// non-maximum suppression, precision and recall of detections.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "blocks.hpp"
#include "handgrad.hpp"
#include "scenes.hpp"
using namespace hg;
using scenes::Box, scenes::iou;
namespace F = nn::functional;

constexpr int grid = 6, cells = grid * grid;  // 6x6 cells
constexpr int cell = scenes::side / grid;     // of 8x8 pixels
constexpr int classes = 3;

// ## When is a box right?
// Never to the last pixel. So we measure the overlap: the area S that two boxes share, in
// parts of the area that they cover together. If their own areas are A and B, this
// *intersection over union* is
//
//     IoU = S / (A + B - S)
//
// It is 1 for the same box and 0 for boxes apart; above one half a box counts as found.
// (`scenes.hpp` has the few lines.)
//
// ## The network
// Three times convolution and pooling make of 48x48 pixels a map of 6x6 cells, in each of
// which 64 channels tell what is around there. One more convolution lets every cell look at
// its neighbours, since a thing may be larger than a cell. The head is a 1x1 convolution, a
// dense layer for each cell: eight numbers,
//
//     o              is the middle of a thing in this cell? (objectness, a score)
//     x, y           where in the cell, 0 to 1 from its left upper corner
//     w, h           the box's width and height, in parts of the picture's
//     3 scores       which class
//
// As all cells share the head's weights, a disc is learned everywhere at once.

void build(nn::Sequential& net) {
  blocks::add_halving(net, 3, {16, 32, 64});    // (N,16,24,24), (N,32,12,12), (N,64,6,6)
  blocks::add(net, 64, 64);                     // (N,64,6,6)
  net.add<nn::Conv2d>(64, 1 + 4 + classes, 1);  // (N,8,6,6)
}

// ## Boxes as targets
// The cell that holds the middle of a thing is responsible for it, and no other one. All
// other cells learn only that nothing is there; what they say about boxes does not count,
// which a mask of 0 and the class -100, cross entropy's "ignore", take care of.

struct Targets {
  Tensor there;  // (N,1,6,6) 1 where a thing has its middle
  Tensor box;    // (N,4,6,6) x, y, w, h
  Tensor label;  // (N,6,6) i64, -100 where there is none
};

Targets targets_of(const std::vector<std::vector<Box>>& scenes) {
  const auto n = std::ssize(scenes);
  Targets t{zeros({n, 1, grid, grid}), zeros({n, 4, grid, grid}),
            full({n, grid, grid}, -100, i64)};
  const auto there = t.there.span<float>(), box = t.box.span<float>();
  const auto label = t.label.span<int64_t>();
  for (size_t s = 0; s < size_t(n); ++s) {
    for (const Box& b : scenes[s]) {
      const double x = (b.left + b.right) / 2 / cell, y = (b.top + b.bottom) / 2 / cell;
      const size_t at = size_t(y) * grid + size_t(x);  // which of the 36 cells
      there[s * cells + at] = 1;
      label[s * cells + at] = b.label;
      const std::array<double, 4> numbers{x - std::floor(x), y - std::floor(y),
                                          (b.right - b.left) / scenes::side,
                                          (b.bottom - b.top) / scenes::side};
      for (size_t k = 0; k < 4; ++k) box[(s * 4 + k) * cells + at] = float(numbers[k]);
    }
  }
  return t;
}

// ## A loss of three parts
//
//     L = BCE(o, there) + 5 (1/M) sum_m |box[m] - its target|^2 + (1/M) sum_m CE(class[m])
//
// with M things in the batch. The first part is a mean over all cells, of which about one
// in fifteen has a thing: by itself it would be content with "nothing anywhere" for long.
// So cells with a thing weigh five times as much.

Tensor loss_of(const Tensor& out, const Targets& t) {
  const Tensor things = t.there.sum();                  // ()
  const Tensor box = sigmoid(out[{all, slice(1, 5)}]);  // (N,4,6,6)
  const Tensor missed = (box - t.box) * t.there;        // (N,4,6,6)
  return F::binary_cross_entropy_with_logits(out[{all, slice(0, 1)}], t.there,
                                             1 + 4 * t.there) +
         5 * (missed * missed).sum() / things +
         F::cross_entropy(out[{all, slice(5, 5 + classes)}], t.label);
}

// ## From numbers back to boxes
// Every cell whose objectness is above a limit proposes a box.

std::vector<Box> proposals(const Tensor& out, double limit) {  // out: (8,6,6)
  const Tensor there = sigmoid(out[0]), box = sigmoid(out[slice(1, 5)]);
  const Tensor label = out[slice(5, 5 + classes)].argmax(0);  // (6,6)
  const auto o = there.to_vector<double>(), b = box.to_vector<double>();
  const auto c = label.to_vector<int64_t>();
  std::vector<Box> found;
  for (size_t at = 0; at < cells; ++at) {
    if (o[at] < limit) continue;
    const double x = (double(at % grid) + b[at]) * cell;
    const double y = (double(at / grid) + b[cells + at]) * cell;
    const double w = b[2 * cells + at] * scenes::side / 2;  // half the width
    const double h = b[3 * cells + at] * scenes::side / 2;
    found.push_back({x - w, y - h, x + w, y + h, int(c[at]), o[at]});
  }
  return found;
}

// A middle near the border of two cells makes both propose. *Non-maximum suppression* keeps
// the surest box, drops all that overlap it too much, and goes on with what is left.

std::vector<Box> suppressed(std::vector<Box> boxes, double overlap = 0.3) {
  std::sort(boxes.begin(), boxes.end(),
            [](const Box& a, const Box& b) { return a.score > b.score; });
  std::vector<Box> kept;
  for (const Box& box : boxes) {
    const auto same = [&](const Box& k) { return iou(k, box) > overlap; };
    if (std::none_of(kept.begin(), kept.end(), same)) kept.push_back(box);
  }
  return kept;
}

// ## How good is it?
// A box is a hit if it has the class of a thing, overlaps it by an IoU of one half or more,
// and the thing was not hit before. *Precision* is the share of hits among the boxes,
// *recall* the share of things that were hit.

struct Score {
  double hits = 0, boxes = 0, things = 0, overlap = 0;
  double precision() const { return hits / std::max(1.0, boxes); }
  double recall() const { return hits / things; }
};

void count(Score& score, const std::vector<Box>& found, const std::vector<Box>& truth) {
  std::vector<bool> hit(truth.size());
  for (const Box& box : found) {
    for (size_t k = 0; k < truth.size(); ++k) {
      const double share = iou(box, truth[k]);
      if (hit[k] || box.label != truth[k].label || share < 0.5) continue;
      hit[k] = true;
      score.hits += 1;
      score.overlap += share;
      break;
    }
  }
  score.boxes += double(found.size());
  score.things += double(truth.size());
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "13.51 Finding things: a grid of detectors");
  const bool check = lesson.check();
  manual_seed(lesson.seed() + 1);

  // Two boxes of 2x2, one moved by 1: they share 2 and cover 6.

  const double third = iou({0, 0, 2, 2}, {1, 0, 3, 2});
  std::printf("IoU of two neighbours: %.4f\n", third);
  //> IoU of two neighbours: 0.3333

  // ## Scenes
  // Discs, squares and triangles in any colour, one to four of them. `scenes.hpp` draws
  // them and so knows the boxes.

  const scenes::Scenes train = scenes::make(check ? 300 : 3000, 1);
  const scenes::Scenes test = scenes::make(check ? 50 : 400, 2);
  const data::Transform numbers = data::compose(
      {data::to_tensor(), data::normalize({0.5, 0.5, 0.5}, {0.25, 0.25, 0.25})});
  const Tensor X = numbers(train.images);  // (N,3,48,48)
  const Targets all_targets = targets_of(train.boxes);
  std::printf("%d scenes with %d things\n", int(len(X)),
              int(all_targets.there.sum().item()));
  //> 3000 scenes with 7618 things

  // ## Training
  // Nothing new: a TensorDataset of the images and the three targets.

  data::DataLoader batches(
      data::TensorDataset({X, all_targets.there, all_targets.box, all_targets.label}),
      {.batch_size = 32, .shuffle = true, .drop_last = true, .seed = lesson.seed()});
  nn::Sequential net;
  build(net);
  auto adam = optim::make("adam", net.parameters());
  const int passes = check ? 3 : 16;
  optim::OneCycleLR schedule(adam, 0.01, passes * batches.size());
  std::optional<Progress> progress(std::in_place, "scenes", passes * len(X));
  std::vector<double> losses;  // the mean of each pass
  for (int pass = 0; pass < passes; ++pass) {
    Accumulator metric(2);  // loss, batches
    for (const data::Example& example : batches) {
      const auto [x, there, box, label] = example.parts<4>();
      const Tensor loss = loss_of(net(x), {there, box, label});
      adam.zero_grad();
      loss.backward();
      adam.step();
      schedule.step();
      metric.add(loss.item(), 1);
      progress->add(len(x));
    }
    losses.push_back(metric[0] / metric[1]);
  }
  progress.reset();
  for (size_t pass : {1, 5, 10, 15}) {
    if (pass > losses.size()) break;
    std::printf("pass %2d: loss %.3f\n", int(pass), losses[pass - 1]);
  }
  //~ pass  1: loss 2.244
  //~ pass  5: loss 0.200
  //~ pass 10: loss 0.042
  //~ pass 15: loss 0.017

  // ## Finding
  // The proposals of all test scenes, with a low limit: better two boxes for a thing than
  // none, as suppression is still to come.

  net.eval();
  Score raw, kept;
  std::vector<Tensor> shown;
  std::vector<std::string> titles;
  {
    no_grad guard;
    const Tensor out = net(numbers(test.images));  // (N,8,6,6)
    for (int64_t n = 0; n < len(out); ++n) {
      const std::vector<Box>& truth = test.boxes[size_t(n)];
      const std::vector<Box> all_boxes = proposals(out[n], 0.4);
      const std::vector<Box> found = suppressed(all_boxes);
      count(raw, all_boxes, truth);
      count(kept, found, truth);
      if (n >= 8) continue;
      shown.push_back(scenes::drawn(test.images[n], found));
      titles.push_back(std::to_string(truth.size()) + " there, " +
                       std::to_string(found.size()) + " found");
    }
  }
  lesson.show(image_sheet(stack(shown), 2, 4, titles, 2), "boxes");
  std::printf("proposals:         %4d boxes, precision %.3f, recall %.3f\n", int(raw.boxes),
              raw.precision(), raw.recall());
  std::printf("after suppression: %4d boxes, precision %.3f, recall %.3f\n",
              int(kept.boxes), kept.precision(), kept.recall());
  std::printf("mean IoU of the hits: %.3f\n", kept.overlap / std::max(1.0, kept.hits));
  //~ proposals:         1028 boxes, precision 0.925, recall 0.959
  //~ after suppression:  963 boxes, precision 0.985, recall 0.957
  //~ mean IoU of the hits: 0.854

  // Suppression removes doubles and costs hardly a hit. What it cannot do: two things whose
  // middles share a cell are one for this network, and two that really overlap may lose a
  // box. Larger detectors have finer grids and several boxes of usual forms for each cell,
  // so-called anchors.
  //
  // ## Bars

  lesson.expect("IoU of two neighbours", third, near(1.0 / 3, 1e-12));
  if (check) {
    lesson.expect("loss, last pass against first", losses.back() / losses.front(),
                  at_most(0.8));
    return lesson.finish();
  }
  lesson.expect("precision", kept.precision(), at_least(0.95));
  lesson.expect("recall", kept.recall(), at_least(0.92));
  lesson.expect("mean IoU of the hits", kept.overlap / kept.hits, at_least(0.8));
  lesson.expect("precision gained by suppression", kept.precision() - raw.precision(),
                at_least(0.01));
  lesson.expect("recall lost by it", raw.recall() - kept.recall(), at_most(0.02));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A fully convolutional network answers with a map; a 1x1 head asks every cell the same.
// - The cell with a thing's middle is responsible for its box. The loss has three parts:
//   is something there, where exactly, and what.
// - IoU compares boxes. Non-maximum suppression keeps the surest of those that overlap.
// - Precision asks how many boxes are right, recall how many things were found.
//
// ## Exercises
// 1. (Derive.) A box is right in size, but lies off by a quarter of its width. What is the
//    IoU? How far off may it be and still count as found?
// 2. (Predict, then run.) Raise the limit of objectness from 0.1 to 0.9. What happens to
//    precision, and to recall?
// 3. (Code.) Average precision: sort the boxes of all scenes by score, take them one by
//    one, and average the precision at every hit.
// 4. (Predict, then run.) Leave the box's part of the loss unmasked, so that empty cells
//    learn a box of zeros. What suffers?
