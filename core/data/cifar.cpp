#include "data/cifar.hpp"

#include <algorithm>
#include <cstring>

#include "data/bytes.hpp"
#include "data/generated.hpp"
#include "ops/functions.hpp"

namespace hg::data {
namespace {

namespace fs = std::filesystem;

constexpr size_t pixels = 3 * 32 * 32, record = 1 + pixels;

}  // namespace

LabelledImages parse_cifar10(std::span<const uint8_t> bytes, const std::string& name) {
  const auto fail = [&](const std::string& problem, const std::string& hint = {}) {
    throw Error("read_cifar10", name + ": " + problem, hint);
  };
  if (bytes.empty() || bytes.size() % record != 0) {
    fail("expected records of 3073 bytes each, found " + std::to_string(bytes.size()) +
             " bytes, which is " + std::to_string(bytes.size() / record) + " of them and " +
             std::to_string(bytes.size() % record) + " bytes",
         "is it the binary version, and was all of it copied?");
  }
  const size_t count = bytes.size() / record;
  LabelledImages set{empty({int64_t(count), 3, 32, 32}, u8), empty({int64_t(count)}, i64)};
  const auto images = set.images.span<uint8_t>();
  const auto labels = set.labels.span<int64_t>();
  for (size_t n = 0; n < count; ++n) {
    const uint8_t* from = bytes.data() + n * record;
    if (*from > 9) {
      fail("offset " + std::to_string(n * record) +
           ": expected a class from 0 to 9, found " + std::to_string(*from));
    }
    labels[n] = *from;
    std::memcpy(&images[n * pixels], from + 1, pixels);
  }
  return set;
}

LabelledImages read_cifar10(const std::string& path) {
  return parse_cifar10(bytes_of(read_file(path, "read_cifar10")), path);
}

namespace {

Cifar10 drawings(const Cifar10Options& options) {
  const auto draw = [](uint64_t seed, int64_t count, int64_t most, const Transform& f) {
    const ColorImages set = generate_drawings(seed, std::clamp<int64_t>(count, 0, most));
    const Tensor images = empty({set.count, 3, set.height, set.width}, u8);
    std::copy(set.pixels.begin(), set.pixels.end(), images.span<uint8_t>().begin());
    return ImageDataset(images, tensor(set.labels, u8), f);
  };
  return {draw(1, options.train_count, 10000, options.train),
          draw(2, options.test_count, 2000, options.test),
          {drawing_names.begin(), drawing_names.end()},
          false,
          "the bundled drawings"};
}

}  // namespace

Cifar10 load_cifar10(const fs::path& data, const Cifar10Options& options) {
  fs::path folder = data / "cifar-10-batches-bin";
  std::vector<std::string> train{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                 "data_batch_4.bin", "data_batch_5.bin"};
  std::string test = "test_batch.bin";
  if (data.empty() || !fs::is_directory(folder)) {
    folder = data / "cifar10-subset";
    train = {"data_batch_1_first4000.bin"};
    test = "test_batch_first1000.bin";
  }
  if (data.empty() || !fs::is_directory(folder)) return drawings(options);
  std::vector<Tensor> images, labels;
  int64_t count = 0;
  for (const std::string& file : train) {
    if (count >= options.train_count) break;
    const LabelledImages part = read_cifar10((folder / file).string());
    images.push_back(part.images);
    labels.push_back(part.labels);
    count += part.labels.size(0);
  }
  if (images.empty()) {  // train_count is 0
    images.push_back(empty({0, 3, 32, 32}, u8));
    labels.push_back(empty({0}, i64));
  }
  const LabelledImages last = read_cifar10((folder / test).string());
  return {ImageDataset(cat(images), cat(labels), options.train).first(options.train_count),
          ImageDataset(last.images, last.labels, options.test).first(options.test_count),
          {cifar10_names.begin(), cifar10_names.end()},
          true,
          "CIFAR-10 in " + folder.string()};
}

}  // namespace hg::data
