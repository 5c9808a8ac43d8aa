// Images that stay in their files until they are asked for.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "data/table.hpp"
#include "data/transforms.hpp"

namespace hg::data {

/// Example i is (transform(image), class): (C,H,W) and (). Every image is read when it is
/// asked for, so a DataLoader's workers read several at once.
class ImageFiles : public Dataset {
 public:
  struct Sample {
    std::string path;
    int64_t label;
  };

  /// `channels` as read_image() takes them.
  ImageFiles(std::vector<Sample> samples, std::vector<std::string> classes,
             Transform transform = to_tensor(), int channels = 3);

  int64_t size() const override { return int64_t(samples_.size()); }
  Example get(int64_t i) const override;

  const std::vector<Sample>& samples() const { return samples_; }
  const std::vector<std::string>& classes() const { return classes_; }
  /// The number of each class, by its name.
  std::map<std::string, int64_t> class_to_idx() const;

 private:
  std::vector<Sample> samples_;
  std::vector<std::string> classes_;
  Transform transform_;
  int channels_;
};

/// One folder for each class, named for it:
///
///     root/cat/0001.png  root/cat/more/0002.jpg  root/dog/0001.png
///
/// Classes and files are sorted by name. A class without an image is an error.
class ImageFolder : public ImageFiles {
 public:
  explicit ImageFolder(const std::string& root, Transform transform = to_tensor(),
                       int channels = 3);
};

/// Images in one folder whose classes stand in a table, as on Kaggle: column 0 has the
/// files' names without `extension`, column 1 the classes, which are sorted by name. Rows
/// without a file are left out; at least one must have one.
ImageFiles listed_images(const std::string& folder, const Table& table,
                         const std::string& extension = ".png",
                         Transform transform = to_tensor(), int channels = 3);

}  // namespace hg::data
