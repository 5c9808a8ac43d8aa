// CIFAR-10: 60,000 photos of 32x32 pixels in colour, ten classes (A. Krizhevsky, 2009).
// Where it is not at hand, the drawings of data/generated.hpp take its place: same sizes,
// other classes.
//
// Its binary files are records of 3073 bytes without a header: the class, then all of
// red, all of green, all of blue, each row by row.
#pragma once

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "data/images.hpp"

namespace hg::data {

/// The ten classes by label, 0 first.
inline constexpr std::array cifar10_names{"airplane", "automobile", "bird", "cat",
                                          "deer",     "dog",        "frog", "horse",
                                          "ship",     "truck"};

struct LabelledImages {
  Tensor images;  // (N,C,H,W) u8
  Tensor labels;  // (N) i64
};

/// All records of a file; of one in memory.
LabelledImages read_cifar10(const std::string& path);
LabelledImages parse_cifar10(std::span<const uint8_t> bytes,
                             const std::string& name = "bytes");

struct Cifar10Options {
  Transform train = to_tensor(), test = to_tensor();
  /// At most so many images to train on and to test on.
  int64_t train_count = 50000, test_count = 10000;
};

struct Cifar10 {
  ImageDataset train, test;
  std::vector<std::string> classes;  // their names, that of 0 first
  bool real;                         // photos, not drawings
  std::string source;                // "CIFAR-10 in FOLDER", "the bundled drawings"
};

/// The whole set from data/cifar-10-batches-bin (data_batch_1.bin to data_batch_5.bin and
/// test_batch.bin); else its beginning, 4,000 and 1,000 images, from data/cifar10-subset
/// (data_batch_1_first4000.bin, test_batch_first1000.bin); else 10,000 and 2,000 drawings.
/// A real set that is there but broken is an error.
Cifar10 load_cifar10(const std::filesystem::path& data = {},
                     const Cifar10Options& options = {});

}  // namespace hg::data
