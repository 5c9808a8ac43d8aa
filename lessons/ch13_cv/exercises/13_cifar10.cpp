// # Solutions to 13.13: naming what is on a photo

#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "../blocks.hpp"
#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

namespace {

void build(nn::Sequential& net) {
  blocks::add_halving(net, 3, {16, 32, 64});  // (N,64,4,4)
  net.add<nn::Flatten>();
  net.add<nn::Linear>(1024, 10);
}

void train(nn::Sequential& net, const data::ImageDataset& images, int passes,
           uint64_t seed) {
  manual_seed(seed);
  build(net);
  data::DataLoader batches(images, {.batch_size = 32,
                                    .shuffle = true,
                                    .num_workers = 2,
                                    .drop_last = true,
                                    .seed = seed});
  auto sgd = optim::make("sgd", net.parameters(),
                         {{"lr", 0.02}, {"momentum", 0.9}, {"weight_decay", 5e-4}});
  optim::OneCycleLR schedule(sgd, 0.05, passes * batches.size());
  for (int pass = 0; pass < passes; ++pass) {
    for (auto [X, y] : batches) {  // (32,3,32,32), (32)
      const Tensor loss = F::cross_entropy(net(X), y);
      sgd.zero_grad();
      loss.backward();
      sgd.step();
      schedule.step();
    }
  }
  net.eval();
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "13.13 Naming what is on a photo: solutions");
  const bool check = lesson.check();
  manual_seed(lesson.seed() + 1);
  const data::Cifar10 set = load_cifar10(
      lesson, {.train_count = check ? 500 : 4000, .test_count = check ? 200 : 1000});
  const Tensor bytes = set.train.images();  // (N,3,32,32) u8
  const std::vector<double> half{0.5, 0.5, 0.5}, quarter{0.25, 0.25, 0.25};
  const data::Transform numbers =
      data::compose({data::to_tensor(), data::normalize(half, quarter)});
  const Tensor X = numbers(set.test.images()),
               y = set.test.labels();  // (N,3,32,32), (N)

  auto accuracy = [&](nn::Sequential& net, const Tensor& images) {
    no_grad guard;
    return double(count_correct(net(images), y)) / double(len(y));
  };
  auto trained_with = [&](nn::Sequential& net, const data::Transform& flip) {
    const data::Transform guises = data::compose({data::random_crop(32, 4), flip, numbers});
    train(net, data::ImageDataset(bytes, set.train.labels(), guises), check ? 2 : 16,
          lesson.seed() + 2);
    return accuracy(net, X);
  };

  // ## 1. Top and bottom exchanged
  // A boat upside down is not what the test pictures show. The network spends a part of its
  // means on pictures that never come, and learns the others less well.

  nn::Sequential mirrored, upside_down;
  const double left_right = trained_with(mirrored, data::random_horizontal_flip());
  const double top_bottom = trained_with(upside_down, data::random_vertical_flip());
  std::printf("1: left and right %.3f, top and bottom %.3f\n", left_right, top_bottom);
  if (!check) {
    lesson.expect("1: what the mirror gains", left_right - top_bottom, at_least(0));
  }

  // ## 2. How many guises?
  // With 4 pixels at every side the picture is 40x40, and a cut of 32x32 can begin in 9
  // rows and 9 columns: 81 guises, with the mirror 162. Five thousand draws find them all.

  const data::Transform guise =
      data::compose({data::random_crop(32, 4), data::random_horizontal_flip()});
  const Tensor copies = cat(std::vector<Tensor>(5000, bytes[slice(0, 1)]));
  const Tensor drawn = guise(copies);  // (5000,3,32,32) u8
  const auto pixels = drawn.span<uint8_t>();
  std::set<std::string> different;
  for (size_t at = 0; at < pixels.size(); at += 3072) {
    different.emplace(pixels.begin() + std::ptrdiff_t(at),
                      pixels.begin() + std::ptrdiff_t(at + 3072));
  }
  lesson.expect("2: guises of one picture", different.size(), near(162, 0));

  // ## 3. Two looks at a picture
  // The errors of the two looks are not quite the same, so their sum is a little better:
  // by about one percent, for twice the time.

  no_grad guard;
  const Tensor both = mirrored(X) + mirrored(X.flip({3}));  // (N,10)
  const double twice = double(count_correct(both, y)) / double(len(y));
  std::printf("3: one look %.3f, two looks %.3f\n", left_right, twice);
  if (!check) {
    lesson.expect("3: what the second look adds", twice - left_right, at_least(-0.01));
  }

  // ## 4. Each picture by itself
  // Brightness and contrast of a picture as a whole are lost, and the numbers come in a
  // range that the network was not trained for. It does worse, but not much: it has learned
  // from pictures of every brightness that this says little.

  const Tensor flat = X.flatten(1);  // (N,3072)
  const Tensor own =
      ((flat - flat.mean(1, true)) / flat.std(1).unsqueeze(1)).view(X.shape());
  const double by_itself = accuracy(mirrored, own);
  std::printf("4: all alike %.3f, each by itself %.3f\n", left_right, by_itself);
  if (!check) lesson.expect("4: what is lost", left_right - by_itself, at_least(0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
