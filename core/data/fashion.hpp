// Fashion-MNIST, or pictures that can stand in for it.
//
// Zalando Research's 70,000 photos of clothes, ten kinds of them, 28x28 grey pixels each,
// are what the course trains its first classifiers on. Where they are not at hand, the
// garments of data/generated.hpp take their place: same sizes, same classes, other
// pictures. They are drawn once and kept in the user's cache.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/images.hpp"

namespace hg::data {

struct FashionOptions {
  /// Height and width of the images; 0 leaves them as they are, 28.
  int64_t resize = 0;
  /// At most so many images to train on and to test on.
  int64_t train_count = 60000, test_count = 10000;
  /// Told from time to time how many of the garments have been drawn.
  std::function<void(int64_t done, int64_t total)> progress = {};
};

struct Fashion {
  ImageDataset train, test;
  bool real;           // photos, not generated garments
  std::string source;  // "Fashion-MNIST in FOLDER", "the bundled garments"
};

/// The photos, if `data` has a folder fashion-mnist with the set's four files, packed or
/// not. The garments, if it has no such folder, or `data` is empty.
Fashion load_fashion(const std::filesystem::path& data = {},
                     const FashionOptions& options = {});

/// The images and labels in a folder with files of MNIST's names, packed or not:
/// train-images-idx3-ubyte, train-labels-idx1-ubyte, and t10k-... Throws if a file is
/// missing or broken, or if there is not one label of 0 to 9 for each image.
Fashion load_mnist(const std::filesystem::path& folder, const FashionOptions& options = {});

/// The names of the classes: "ankle boot" for 9.
std::vector<std::string> text_labels(const Tensor& labels);

/// Where generated sets are kept: handgrad/ in $XDG_CACHE_HOME or in ~/.cache. Empty, if
/// neither is known.
std::filesystem::path cache_folder();

}  // namespace hg::data
