// # 13.13 Naming what is on a photo
//
// Photos are harder than clothes on black: colour, any background, things seen from all
// sides. And there are never enough of them. Can a network be shown more than there is? We
// train on CIFAR-10 as it is done in earnest, from files on the disk to the name of what is
// on a photo of your own.
//
// You know: LeNet and its loop (6.6), batch normalisation (7.5), schedules (11.11).
// New here: data augmentation, workers that prepare batches, image files and a table of
// labels, a JPEG classified from end to end.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "blocks.hpp"
#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;
namespace fs = std::filesystem;

// ## Two networks
// The first is that of the handbook: LeNet with three channels in front and relu.

struct Net : nn::Module {
  nn::Conv2d conv1{*this, "conv1", 3, 6, 5}, conv2{*this, "conv2", 6, 16, 5};
  nn::Linear fc1{*this, "fc1", 16 * 5 * 5, 120}, fc2{*this, "fc2", 120, 84},
      fc3{*this, "fc3", 84, 10};

  Tensor forward(const Tensor& images) override {      // (N,3,32,32)
    Tensor x = F::max_pool2d(relu(conv1(images)), 2);  // (N,6,28,28) -> (N,6,14,14)
    x = F::max_pool2d(relu(conv2(x)), 2);              // (N,16,10,10) -> (N,16,5,5)
    x = x.flatten(1);                                  // (N,400)
    return fc3(relu(fc2(relu(fc1(x)))));               // (N,120), (N,84), (N,10)
  }
};

// The second has what chapter 7 taught. Three times (`blocks.hpp`): a convolution of 3x3,
// normalisation, relu, and a pooling that halves the picture while its channels grow. At
// the end a single dense layer.

void build(nn::Sequential& net) {
  blocks::add_halving(net, 3, {16, 32, 64});  // (N,16,16,16), (N,32,8,8), (N,64,4,4)
  net.add<nn::Flatten>();                     // (N,1024)
  net.add<nn::Linear>(1024, 10);              // (N,10)
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv,
                {.title = "13.13 Naming what is on a photo",
                 .flags = {{"--photo FILE", "name what is on this photo, too", ""}},
                 .full_takes = "some ten minutes on two cores: all images, 30 epochs"});
  const bool check = lesson.check(), full = lesson.full();
  const std::string own_photo = lesson.value("--photo");
  if (!own_photo.empty()) data::read_image(own_photo, 3);  // a bad file should stop us now
  manual_seed(lesson.seed() + 1);

  // ## The pictures
  // Where CIFAR-10 is at hand we take it: airplanes, birds, frogs, 50,000 photos, or the
  // first 4,000. Where it is not, ten kinds of drawn things do, in any colour before any
  // background.

  const data::Cifar10 set = load_cifar10(lesson, {.train_count = check ? 1000
                                                               : full  ? 50000
                                                                       : 4000,
                                                  .test_count = check ? 200
                                                              : full  ? 10000
                                                                      : 1000});
  const Tensor bytes = set.train.images();  // (N,3,32,32) u8

  // Numbers around 0 are easier to learn from than bytes. So each of the three colours gets
  // mean 0 and deviation 1, by the training set's own mean and deviation. The test pictures
  // go through the same steps, with the same six numbers.

  const Tensor pixels = bytes.transpose(0, 1).flatten(1).to(f32) / 255;  // (3,N*1024)
  const auto mean = pixels.mean(1).to_vector<double>();
  const auto deviation = pixels.std(1).to_vector<double>();
  std::printf("mean %.3f %.3f %.3f, deviation %.3f %.3f %.3f\n", mean[0], mean[1], mean[2],
              deviation[0], deviation[1], deviation[2]);
  //> mean 0.440 0.437 0.434, deviation 0.237 0.235 0.234

  const data::Transform numbers =
      data::compose({data::to_tensor(), data::normalize(mean, deviation)});

  // ## More than there is
  // A car is a car when it is seen in a mirror, or a little to the left. The pixels are
  // others, though, so for a network it is a new example. *Data augmentation* shows every
  // picture in a new guise each time: four black pixels all around, then 32x32 cut out
  // anywhere; left and right exchanged half of the time; a little more or less light and
  // colour.

  const data::Transform guise =
      data::compose({data::random_crop(32, 4), data::random_horizontal_flip(),
                     data::color_jitter(0.2, 0.2, 0.2)});
  std::vector<Tensor> rows;
  for (int64_t n : {0, 1}) {
    const Tensor one = bytes[slice(n, n + 1)];  // (1,3,32,32)
    rows.push_back(one);
    rows.push_back(guise(cat({one, one, one, one, one})));  // (5,3,32,32)
  }
  lesson.show(image_sheet(cat(rows), 2, 6), "augmentation");

  // Not every change is allowed: a mirrored ship is a ship, a mirrored letter is none. And
  // the test pictures stay as they are.
  //
  // ## Workers
  // All this costs time, and the network waits. Or it does not: *workers*, threads of their
  // own, prepare the next batches while it computes. What they draw at random depends on
  // the batch and not on the worker, so their number changes nothing but the time.

  const data::ImageDataset plain(bytes, set.train.labels(), numbers);
  const data::ImageDataset augmented(bytes, set.train.labels(),
                                     data::compose({guise, numbers}));
  std::vector<double> sums;
  for (int workers : {0, 1, 2}) {
    data::DataLoader loader(
        augmented, {.batch_size = 64, .shuffle = true, .num_workers = workers, .seed = 5});
    Timer timer;
    double sum = 0;
    for (auto [X, y] : loader) sum += X[0].sum().item();
    sums.push_back(sum);
    std::printf("loading an epoch, workers %d: %.2f s\n", workers, timer.stop());
  }
  //~ loading an epoch, workers 0: 0.18 s
  //~ loading an epoch, workers 1: 0.18 s
  //~ loading an epoch, workers 2: 0.10 s

  // ## The handbook's way
  // Batches of four, sgd with a rate of 0.001 and momentum 0.9, two epochs. The handbook
  // has 12,500 batches in an epoch and prints the loss of every 2,000. We have fewer
  // pictures and so take more epochs.

  data::DataLoader trainloader(plain,
                               {.batch_size = 4, .shuffle = true, .seed = lesson.seed()});
  data::DataLoader testloader(
      data::ImageDataset(set.test.images(), set.test.labels(), numbers),
      {.batch_size = 100});
  const std::vector<std::string>& classes = set.classes;
  size_t width = 0;  // of the longest name
  for (const std::string& name : classes) width = std::max(width, name.size());

  Net net;
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", 0.001}, {"momentum", 0.9}});
  const int epochs = check ? 1 : full && trainloader.size() > 10000 ? 2 : 8;
  const int64_t every = trainloader.size() >= 2000 ? 2000 : check ? 50 : 1000;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    double running_loss = 0;
    int64_t i = 0;
    for (auto [inputs, labels] : trainloader) {  // (4,3,32,32), (4)
      sgd.zero_grad();
      const Tensor loss = F::cross_entropy(net(inputs), labels);  // ()
      loss.backward();
      sgd.step();
      running_loss += loss.item();
      if (++i % every == 0) {
        std::printf("[%d, %5d] loss: %.3f\n", epoch + 1, int(i),
                    running_loss / double(every));
        running_loss = 0;
      }
    }
  }

  //~ [1,  1000] loss: 2.303
  //~ [8,  1000] loss: 1.346

  // What does it make of the first four test pictures?

  net.eval();
  {
    const Tensor X = numbers(set.test.images()[slice(0, 4)]);  // (4,3,32,32)
    const auto truth = set.test.labels()[slice(0, 4)].to_vector<int64_t>();
    const auto guess = net(X).argmax(1).to_vector<int64_t>();
    std::vector<std::string> titles;
    std::printf("GroundTruth: ");
    for (int64_t t : truth) std::printf(" %*s", int(width), classes[size_t(t)].c_str());
    std::printf("\nPredicted:   ");
    for (int64_t g : guess) std::printf(" %*s", int(width), classes[size_t(g)].c_str());
    std::printf("\n");
    for (size_t n = 0; n < 4; ++n) {
      titles.push_back(classes[size_t(truth[n])] + "\n" + classes[size_t(guess[n])]);
    }
    lesson.show(image_sheet(set.test.images()[slice(0, 4)], 1, 4, titles), "predictions");
  }

  // And of all of them, class by class? Guessing would be right in 10 % of the cases.

  ConfusionMatrix confusion(classes);
  {
    no_grad guard;
    for (auto [X, y] : testloader) confusion.add(net(X), y);
  }
  const double handbook = confusion.accuracy();
  std::printf("Accuracy of the network on the %d test images: %d %%\n",
              int(confusion.total()), int(100 * handbook));
  for (int64_t c = 0; c < 10; ++c) {
    std::printf("Accuracy of %*s : %2d %%\n", int(width), classes[size_t(c)].c_str(),
                int(100 * confusion.recall(c)));
  }
  //~ Accuracy of the network on the 1000 test images: 56 %
  lesson.show(confusion.figure(), "confusion");

  // ## A better way, with and without guises
  // The second network, in batches of 32, with a rate that rises and falls once (11.11).
  // Twice the same training, once on the pictures as they are and once on guises that two
  // workers make. Watch both accuracies: on what it learns from, and on what it has not
  // seen.

  struct Outcome {
    double train = 0, test = 0;
  };
  data::DataLoader seen(plain.first(1000), {.batch_size = 100});
  auto train = [&](nn::Sequential& model, const data::ImageDataset& images, int passes,
                   const std::string& name) {
    manual_seed(lesson.seed() + 2);
    build(model);
    data::DataLoader batches(images, {.batch_size = 32,
                                      .shuffle = true,
                                      .num_workers = 2,
                                      .drop_last = true,
                                      .seed = lesson.seed()});
    auto optimizer = optim::make("sgd", model.parameters(),
                                 {{"lr", 0.02}, {"momentum", 0.9}, {"weight_decay", 5e-4}});
    optim::OneCycleLR schedule(optimizer, 0.05, passes * batches.size());
    std::optional<Progress> progress(std::in_place, name, passes * images.size());
    for (int pass = 0; pass < passes; ++pass) {
      for (auto [X, y] : batches) {  // (32,3,32,32), (32)
        const Tensor loss = F::cross_entropy(model(X), y);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        schedule.step();
        progress->add(len(y));
      }
    }
    progress.reset();
    const Outcome o{evaluate_accuracy(model, seen), evaluate_accuracy(model, testloader)};
    std::printf("%-18s seen %.3f, not seen %.3f\n", name.c_str(), o.train, o.test);
    return o;
  };
  const int passes = check ? 5 : full ? 30 : 18;
  nn::Sequential as_they_are, model;
  const Outcome without = train(as_they_are, plain, passes, "as they are:");
  const Outcome with = train(model, augmented, passes, "with guises:");

  //~ as they are:       seen 1.000, not seen 0.811
  //~ with guises:       seen 0.905, not seen 0.874

  // Without guises the network learns its pictures by heart and gets nearly all of them
  // right; on new ones it does worse than the one that never saw the same picture twice.
  // (That one needs more passes: after twelve it is still behind.)
  //
  // ## From files
  // Data sets seldom come as one block of bytes. On Kaggle this one is a folder of PNG
  // files and a table, `trainLabels.csv`, that names the class of each. A dataset of files
  // reads a picture when it is asked for, so workers help even more. Where that folder is
  // not at hand, we write one.

  const fs::path folder = lesson.temporary_folder();  // goes when the lesson ends
  fs::path pngs = lesson.data() / "cifar10-tiny-png";
  const bool kaggle = set.real && fs::is_directory(pngs);
  if (!kaggle) {
    pngs = folder;
    std::ofstream csv(pngs / "trainLabels.csv");
    csv << "id,label\n";
    for (int64_t n = 0; n < 100; ++n) {
      data::write_image((pngs / "train" / (std::to_string(n + 1) + ".png")).string(),
                        bytes[n]);
      csv << n + 1 << "," << classes[size_t(set.train.labels()[n].item())] << "\n";
    }
  }
  const data::ImageFiles files =
      data::listed_images((pngs / "train").string(),
                          data::read_csv((pngs / "trainLabels.csv").string()), ".png");

  const auto& sample = files.samples()[0];
  const int64_t number = std::stoll(fs::path(sample.path).stem().string()) - 1;
  const bool alike = data::read_image(sample.path).equal(bytes[number]);
  std::printf("%d files of %d classes; %s.png is the same picture as number %d: %s\n",
              int(files.size()), int(files.classes().size()),
              fs::path(sample.path).stem().c_str(), int(number), alike ? "yes" : "no");

  //> 100 files of 10 classes; 1.png is the same picture as number 0: yes

  // ## A photo, from end to end
  // Now a photo of any size: read the JPEG, make its shorter side 32 pixels, cut out the
  // middle, and from there on as above. Which three classes are the most likely?

  model.eval();
  const data::Transform square = data::compose({data::resize(32), data::center_crop(32)});
  auto name_photo = [&](const std::string& path) {
    no_grad guard;
    const Tensor photo = data::read_image(path, 3);        // (3,H,W) u8
    const Tensor x = numbers(square(photo)).unsqueeze(0);  // (1,3,32,32)
    const Tensor shares = softmax(model(x), 1)[0];         // (10)
    const auto best = topk(shares, 3);
    std::printf("%s, %dx%d:", fs::path(path).filename().c_str(), int(photo.size(2)),
                int(photo.size(1)));
    for (int64_t k = 0; k < 3; ++k) {
      std::printf("  %s %.1f %%", classes[size_t(best.indices[k].item())].c_str(),
                  100 * best.values[k].item());
    }
    std::printf("\n");
    return int64_t(best.indices[0].item());
  };

  // A JPEG to try it on is made from the one of the first hundred test pictures whose class
  // the network finds likeliest: enlarged, with black bars at its sides, and packed with
  // losses. The way back should lead to the same class.

  int64_t pick = 0;
  {
    no_grad guard;
    const Tensor shares =
        softmax(model(numbers(set.test.images()[slice(0, 100)])), 1);     // (100,10)
    const Tensor truths = set.test.labels()[slice(0, 100)].unsqueeze(1);  // (100,1)
    pick = int64_t(shares.gather(1, truths).argmax().item());
  }
  const std::string jpeg = (folder / "photo.jpg").string();
  const data::Transform enlarge =
      data::compose({data::resize(240, 240), data::center_crop(240, 320)});
  data::write_image(jpeg, enlarge(set.test.images()[pick]), 85);
  const Tensor back = square(data::read_image(jpeg)).to(f32);  // (3,32,32)
  const double apart = (back - set.test.images()[pick].to(f32)).abs().mean().item();
  const int64_t named = name_photo(jpeg), truth = int64_t(set.test.labels()[pick].item());
  if (!own_photo.empty()) name_photo(own_photo);

  //~ photo.jpg, 320x240:  boat 100.0 %  fish 0.0 %  tree 0.0 %

  // The network knows ten words. Shown something else, it says one of them all the same,
  // and often with confidence: softmax shares out 100 % among the classes it has.
  //
  // A file may be broken. The library says so, and says where:

  fs::resize_file(jpeg, fs::file_size(jpeg) / 2);
  std::string problem;
  try {
    data::read_image(jpeg);
  } catch (const Error& error) {
    problem = error.what();
  }
  std::cout << problem.substr(problem.rfind('/') + 1) << "\n";

  //~ photo.jpg: offset 3180: expected another segment or the end marker ff d9, ...

  // ## Bars
  lesson.expect("the number of workers changes nothing",
                sums[0] == sums[1] && sums[1] == sums[2]);
  lesson.expect("a picture in a file is the one in the block", alike);
  lesson.expect("by way of the JPEG a byte changes by", apart, at_most(20));
  lesson.expect("half a JPEG is refused", problem.find("photo.jpg") != problem.npos);
  if (check) {
    lesson.expect("as they are: accuracy on what it has seen", without.train,
                  at_least(0.2));
    return lesson.finish();
  }
  lesson.expect("the JPEG is named like its picture", named == truth);
  const bool whole = set.train.size() > 10000;
  lesson.expect("the handbook's network: accuracy", handbook,
                at_least(whole      ? 0.50
                         : set.real ? 0.40
                                    : 0.45));
  lesson.expect("as they are: accuracy on what it has seen", without.train, at_least(0.9));
  lesson.expect("with guises: accuracy", with.test,
                at_least(whole      ? 0.70
                         : set.real ? 0.60
                                    : 0.80));
  lesson.expect("what guises add", with.test - without.test, at_least(0.01));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Data augmentation shows a network each picture in guises that keep its class. It learns
//   less by heart and does better on what it has not seen.
// - Mean and deviation come from the training set, and every picture gets the same ones.
// - Workers prepare batches while the network computes, and change nothing else.
// - A photo is resized, cropped and normalised exactly as the training pictures were.
//
// ## Exercises
// 1. (Predict, then run.) Exchange top and bottom instead of left and right. Does it help?
// 2. (Derive.) In how many ways can a 32x32 picture be cut out after 4 pixels were put at
//    every side? And with the mirror?
// 3. (Code.) Ask the trained network about a test picture *and* its mirror image and add
//    the scores. What does this *test-time augmentation* gain?
// 4. (Predict, then run.) Normalise the test pictures by their own mean and deviation, each
//    picture by itself. What happens to the accuracy?
