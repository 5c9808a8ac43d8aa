// # Solutions to 3.5: pictures in batches

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

// Solution 3. Examples 2i and 2i+1 are picture i and its mirror image: the columns of the
// picture taken from the right.
class Mirrored : public data::Dataset {
 public:
  explicit Mirrored(data::ImageDataset pictures) : pictures_(std::move(pictures)) {}

  int64_t size() const override { return 2 * pictures_.size(); }

  data::Example get(int64_t i) const override {
    check_number(i);
    auto [image, label] = pictures_[i / 2];  // (1,28,28), ()
    if (i % 2 == 0) return {image, label};
    const int64_t w = image.size(-1);
    return {image.index_select(-1, arange(w - 1, -1, -1)), label};
  }

 private:
  data::ImageDataset pictures_;
};

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.5 Pictures in batches: solutions");
  const data::Fashion fashion =
      load_fashion(lesson, {.train_count = 6000, .test_count = 1000});

  // ## 1. Batches of 64
  // 60000 = 937 * 64 + 32, so there are 938, and the last has 32; 937 with drop_last.

  data::TensorDataset numbers({arange(60000)});
  data::DataLoader every(numbers, {.batch_size = 64});
  data::DataLoader whole(numbers, {.batch_size = 64, .drop_last = true});
  int64_t last = 0;
  for (auto batch : every) last = len(batch[0]);
  lesson.expect("batches of 64", every.size(), near(938, 0));
  lesson.expect("examples in the last", last, near(32, 0));
  lesson.expect("batches with drop_last", whole.size(), near(937, 0));

  // ## 2. Bytes
  // Pictures: 4 bytes, three sizes of 4 bytes each, 60000 * 28 * 28 pixels: 47,040,016.
  // Labels: 4 + 4 + 60000 = 60,008. 60000 is 0xea60 and 28 is 0x1c, so the file begins
  //
  //     00 00 08 03  00 00 ea 60  00 00 00 1c  00 00 00 1c

  const auto path = lesson.temporary_folder() / "pictures.idx";
  data::write_idx(path, zeros({60000, 28, 28}, u8));
  lesson.expect("bytes of 60,000 pictures", std::filesystem::file_size(path),
                near(47'040'016, 0));
  data::write_idx(path, zeros({60000}, u8));
  lesson.expect("bytes of 60,000 labels", std::filesystem::file_size(path),
                near(60'008, 0));

  // ## 3. Mirror images

  const Mirrored mirrored(fashion.train);
  data::DataLoader loader(mirrored, {.batch_size = 10});
  auto [X, y] = *loader.begin();  // (10,1,28,28), (10)
  lesson.show(image_sheet(X, 2, 5), "mirrored");
  lesson.expect("twice as many", mirrored.size(), near(12000, 0));
  lesson.expect("a mirror image has its picture's class", y[0].item() == y[1].item());
  lesson.expect("left is right", X[{0, 0, all, 0}].equal(X[{1, 0, all, 27}]) &&
                                     X[{0, 0, all, 20}].equal(X[{1, 0, all, 7}]));

  // ## 4. Small batches
  // A batch costs a little by itself, however few examples it has: tensors are made, and
  // the loop takes a step. With one example, that is half of the work; with 16 it hardly
  // shows. Larger ones gain nothing more, and 4096 pictures are 13 MB, too many for the
  // processor's cache. (Each size goes round twice. The first time memory is taken from the
  // system, which can cost more than all the rest.)

  for (const int64_t size : {1, 16, 256, 4096}) {
    data::DataLoader batches(fashion.train, {.batch_size = size});
    Timer timer;
    for (int round = 0; round < 2; ++round) {
      timer.start();
      for (auto [X, y] : batches) {  // (size,1,28,28), (size)
      }
      timer.stop();
    }
    std::printf("batches of %4d: %.1f ms\n", int(size), 1000 * timer.laps()[1]);
  }
  //~ batches of    1: 3.4 ms
  //~ batches of   16: 2.0 ms
  //~ batches of  256: 1.8 ms
  //~ batches of 4096: 2.5 ms

  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
