#include "data/image_folder.hpp"

#include <algorithm>
#include <filesystem>

#include "data/image_file.hpp"

namespace hg::data {
namespace {

namespace fs = std::filesystem;

bool is_image(const fs::path& file) {
  std::string end = file.extension().string();
  for (char& c : end) c = char(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return end == ".png" || end == ".jpg" || end == ".jpeg" || end == ".bmp" ||
         end == ".pgm" || end == ".ppm";
}

struct Found {
  std::vector<ImageFiles::Sample> samples;
  std::vector<std::string> classes;
};

// Folders that lead round in circles are no danger: links to folders are not followed.
Found look_through(const std::string& root) {
  Found found;
  try {
    for (const auto& entry : fs::directory_iterator(root)) {
      if (entry.is_directory()) found.classes.push_back(entry.path().filename().string());
    }
    std::sort(found.classes.begin(), found.classes.end());
    for (size_t label = 0; label < found.classes.size(); ++label) {
      std::vector<std::string> files;
      const fs::path folder = fs::path(root) / found.classes[label];
      for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && is_image(entry.path())) {
          files.push_back(entry.path().string());
        }
      }
      if (files.empty()) {
        throw Error("ImageFolder", folder.string() + ": there is no image in it",
                    "names of images end in .png, .jpg, .jpeg, .bmp, .pgm or .ppm");
      }
      std::sort(files.begin(), files.end());
      for (std::string& file : files) {
        found.samples.push_back({std::move(file), int64_t(label)});
      }
    }
  } catch (const fs::filesystem_error& error) {
    throw Error("ImageFolder", root + ": it cannot be read: " + error.code().message());
  }
  if (found.classes.empty()) {
    throw Error("ImageFolder", root + ": there is no folder in it",
                "it needs a folder for each class");
  }
  return found;
}

}  // namespace

ImageFiles::ImageFiles(std::vector<Sample> samples, std::vector<std::string> classes,
                       Transform transform, int channels)
    : samples_(std::move(samples)),
      classes_(std::move(classes)),
      transform_(std::move(transform)),
      channels_(channels) {
  for (const Sample& sample : samples_) {
    if (sample.label < 0 || sample.label >= std::ssize(classes_)) {
      throw Error("ImageFiles", sample.path + ": class " + std::to_string(sample.label) +
                                    ", and there are " + std::to_string(classes_.size()));
    }
  }
}

Example ImageFiles::get(int64_t i) const {
  check_number(i);
  const Sample& sample = samples_[size_t(i)];
  return {transform_(read_image(sample.path, channels_)), tensor(sample.label)};
}

std::map<std::string, int64_t> ImageFiles::class_to_idx() const {
  std::map<std::string, int64_t> numbers;
  for (size_t i = 0; i < classes_.size(); ++i) numbers[classes_[i]] = int64_t(i);
  return numbers;
}

ImageFolder::ImageFolder(const std::string& root, Transform transform, int channels)
    : ImageFiles([&] {
        Found found = look_through(root);
        return ImageFiles(std::move(found.samples), std::move(found.classes),
                          std::move(transform), channels);
      }()) {}

ImageFiles listed_images(const std::string& folder, const Table& table,
                         const std::string& extension, Transform transform, int channels) {
  if (table.column_count() < 2) {
    throw Error("listed_images", "the table has " + std::to_string(table.column_count()) +
                                     " columns; it needs names and classes");
  }
  const Column &names = table.column(0), &labels = table.column(1);
  std::vector<std::string> classes;
  for (int64_t row = 0; row < labels.size(); ++row) classes.push_back(labels.written(row));
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());

  std::vector<ImageFiles::Sample> samples;
  for (int64_t row = 0; row < names.size(); ++row) {
    const std::string name = names.written(row);
    // A table could otherwise name any file of the machine.
    if (name.empty() || name.find('/') != name.npos) {
      throw Error("listed_images", "row " + std::to_string(row) + ": '" + name +
                                       "' is no name of a file in the folder");
    }
    const fs::path file = fs::path(folder) / (name + extension);
    if (!fs::exists(file)) continue;
    const auto at = std::lower_bound(classes.begin(), classes.end(), labels.written(row));
    samples.push_back({file.string(), at - classes.begin()});
  }
  if (samples.empty()) {
    throw Error("listed_images", folder + ": none of the " + std::to_string(names.size()) +
                                     " files that the table names is there, neither " +
                                     names.written(0) + extension + " nor another one");
  }
  return ImageFiles(std::move(samples), std::move(classes), std::move(transform), channels);
}

}  // namespace hg::data
