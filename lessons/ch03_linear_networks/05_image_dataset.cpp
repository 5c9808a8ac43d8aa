// # 3.5 Pictures in batches
//
// So far a network ate points that we had made a line before. From here on it eats
// pictures, 70,000 of them. They lie in files, as bytes; a training loop wants batches of
// numbers, in a new order each time, and it should never have to wait. How do we get from
// one to the other?
//
// You know: tensors (2.1), TensorDataset and DataLoader (3.3).
// New here: Fashion-MNIST, the IDX format, transforms, loader threads.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.5 Pictures in batches");

  // ## The set
  // The digits of MNIST were the first test of every network for twenty years, and became
  // too easy. Fashion-MNIST keeps their sizes and shows clothes: 60,000 grey pictures to
  // train on and 10,000 to test on, 28x28 pixels each, in ten classes. Where you don't
  // have it, the lesson takes garments that this project draws by dice: same sizes, same
  // classes. `--data DIR` names the folder that holds a folder fashion-mnist.

  const int64_t train_count = lesson.check() ? 6000 : 60000;
  const int64_t test_count = lesson.check() ? 1000 : 10000;
  const data::Fashion fashion =
      load_fashion(lesson, {.train_count = train_count, .test_count = test_count});
  std::cout << fashion.train.size() << " and " << fashion.test.size() << "\n";
  //> 60000 and 10000

  // A *dataset* has a size, and example number i is dataset[i]: here a picture and its
  // class. Pictures are (channels, height, width), from 0, black, to 1, white. Grey has
  // one channel.

  auto [image, label] = fashion.train[0];  // (1,28,28) f32, () i64
  std::cout << image.shape().to_string() << " " << name(image.dtype()) << ", class "
            << label.item() << ": " << data::text_labels(label)[0] << "\n";
  //> (1,28,28) f32, class 4: coat

  // Each class has the same number of pictures, so guessing gets one in ten right:

  const Tensor counts = one_hot(fashion.train.labels(), 10).sum(0);  // (10), i64
  std::cout << counts << "\n";
  //> tensor([6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000])

  // Ten of them:

  const data::ImageDataset some = fashion.train.first(10);
  const std::vector<std::string> titles = data::text_labels(some.labels());
  lesson.show(image_sheet(some.images(), 2, 5, titles), "garments");

  // ## In the file
  // MNIST brought its own format, IDX: the element type, the sizes, then the elements,
  // row by row. We write three pictures of 2x2 pixels and look at the bytes.

  const auto path = lesson.temporary_folder() / "pictures.idx";
  data::write_idx(path, arange(1, 13).reshape({3, 2, 2}).to(u8));
  std::ifstream file(path, std::ios::binary);
  for (int i = 0; file.peek() != EOF; ++i) {
    std::printf("%02x%s", unsigned(file.get()), i == 15 || i == 27 ? "\n" : " ");
  }
  //> 00 00 08 03 00 00 00 03 00 00 00 02 00 00 00 02
  //> 01 02 03 04 05 06 07 08 09 0a 0b 0c

  // Two zeros, 08 for bytes without sign, 03 axes; then 3, 2 and 2, their highest byte
  // first; then twelve pixels. Reading believes none of it: a file cut short is refused,
  // and no memory is taken for sizes that the file cannot hold.

  std::cout << data::read_idx(path).shape().to_string() << "\n";
  std::filesystem::resize_file(path, 20);
  std::string refused;
  try {
    data::read_idx(path);
  } catch (const Error& error) {
    refused = error.what();
    std::cout << refused.substr(refused.find("offset")) << "\n";
  }
  //> (3,2,2)
  //> offset 16: expected 12 bytes, u8 of shape (3,2,2), found at most 4
  //>   hint: was all of the file copied?

  // ## Transforms
  // The dataset keeps bytes, a quarter of what floats would need, and turns them into
  // numbers when they are asked for. A *transform* is what it does then: a function from
  // pictures to pictures. This one makes them larger, then turns bytes into numbers from
  // 0 to 1.

  const data::Transform larger = data::compose({data::resize(64, 64), data::to_tensor()});
  const data::ImageDataset large(fashion.train.images(), fashion.train.labels(), larger);
  std::cout << large[0][0].shape().to_string() << "\n";
  //> (1,64,64)

  // ## Batches
  // The loader deals the examples out in a new random order each time round. 60,000 are 234
  // batches of 256 and one of 96.

  data::DataLoader loader(fashion.train, {.batch_size = 256, .shuffle = true});
  int64_t smallest = 256, seen = 0;
  Timer timer;
  for (auto [X, y] : loader) {  // (256,1,28,28), (256)
    smallest = std::min(smallest, len(y));
    seen += len(y);
  }
  timer.stop();
  std::cout << loader.size() << " batches, the smallest has " << smallest << "\n";
  std::printf("%.3f s for one round\n", timer.sum());
  //> 235 batches, the smallest has 96
  //~ 0.030 s for one round

  // ## A dataset of one's own
  // It has a size, and makes any of its examples when it is asked. This one has the
  // pictures of another, and takes a millisecond for each, as a slow disk would.

  struct SlowDisk : data::Dataset {
    explicit SlowDisk(const data::ImageDataset& pictures) : pictures(pictures) {}
    int64_t size() const override { return pictures.size(); }
    data::Example get(int64_t i) const override {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return pictures[i];  // (1,28,28), ()
    }
    data::ImageDataset pictures;
  };

  // ## Threads that fetch ahead
  // While such a disk works, the network stands idle. With `workers`, threads make the next
  // batches while the loop computes with this one. Our loop does nothing at all, so we see
  // how fast they are:

  const SlowDisk disk(fashion.train.first(400));
  for (const int workers : {0, 1, 2, 4, 8}) {
    data::DataLoader slow(disk, {.batch_size = 20, .num_workers = workers});
    timer.start();
    for (auto [X, y] : slow) {  // (20,1,28,28), (20)
    }
    std::printf("workers %d: %4.0f pictures per second\n", workers, 400 / timer.stop());
  }
  //~ workers 0:  883 pictures per second
  //~ workers 1:  883 pictures per second
  //~ workers 2: 1723 pictures per second
  //~ workers 4: 3143 pictures per second
  //~ workers 8: 5758 pictures per second

  // A single worker is no faster than the loop itself, which here has nothing else to do;
  // several wait at the same time. Where the work is computing instead of waiting, there is
  // no gain in more workers than cores.
  //
  // Whatever their number, the batches are the same. Their order, and what is drawn at
  // random in them, depend on the seed alone.

  const auto first_labels = [&](int workers) {
    data::DataLoader shuffled(
        fashion.train,
        {.batch_size = 8, .shuffle = true, .num_workers = workers, .seed = 1});
    return (*shuffled.begin())[1];  // (8)
  };
  const bool same = first_labels(0).equal(first_labels(3));

  // ## All together
  // How the lessons to come begin: two loaders for a batch size, their pictures resized on
  // request.

  const auto load_data = [&](int64_t batch_size, int64_t resize) {
    const data::Fashion set = load_fashion(
        lesson, {.resize = resize, .train_count = train_count, .test_count = test_count});
    return std::pair(
        data::DataLoader(set.train, {.batch_size = batch_size, .shuffle = true}),
        data::DataLoader(set.test, {.batch_size = batch_size}));
  };
  auto [train, test] = load_data(32, 64);
  auto [X, y] = *train.begin();  // (32,1,64,64), (32)
  std::cout << X.shape().to_string() << " " << name(X.dtype()) << ", "
            << y.shape().to_string() << " " << name(y.dtype()) << "\n";
  //> (32,1,64,64) f32, (32) i64

  // ## Bars
  lesson.expect("pictures to train on", fashion.train.size(), near(train_count, 0));
  lesson.expect("pictures to test on", fashion.test.size(), near(test_count, 0));
  lesson.expect("a batch is (32,1,64,64) f32, its labels (32) i64",
                X.shape() == Shape{32, 1, 64, 64} && X.dtype() == f32 &&
                    y.shape() == Shape{32} && y.dtype() == i64);
  lesson.expect("pixels are from 0 to 1", X.min().item() >= 0 && X.max().item() <= 1);
  lesson.expect("every example comes once a round", seen == train_count);
  lesson.expect("workers change nothing", same);
  lesson.expect("a file cut short is refused", !refused.empty());
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A dataset has a size and examples; a loader makes shuffled batches of them.
// - Pictures stay bytes until they are asked for. Transforms turn them into numbers then.
// - Worker threads fetch ahead. They change the speed and nothing else.
//
// ## Exercises
// 1. (Predict.) How many batches of 64 does the training set make, and how large is the
//    last one? And with `.drop_last = true`?
// 2. (Derive.) How many bytes has the file of the training pictures, and the one of their
//    labels? Write down the first 16 bytes of the former.
// 3. (Code.) Write a dataset that has every picture twice, the second time as in a
//    mirror. Its first picture and that one's mirror image should come side by side.
// 4. (Code, then explain.) Measure the time for one round with batches of 1, 16, 256 and
//    4096. Why are small ones slow?
