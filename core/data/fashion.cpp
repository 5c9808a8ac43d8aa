#include "data/fashion.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "data/generated.hpp"
#include "data/idx.hpp"

namespace hg::data {
namespace {

namespace fs = std::filesystem;

struct Images {
  Tensor images, labels;  // (N,28,28) and (N), both u8
};

// ---- sets in files ----------------------------------------------------------------------

// The file called `name`, or `name`.gz.
fs::path find_file(const fs::path& folder, const std::string& name) {
  const fs::path plain = folder / name, packed = folder / (name + ".gz");
  if (fs::exists(plain)) return plain;
  if (fs::exists(packed)) return packed;
  throw Error("load_mnist",
              folder.string() + ": there is neither " + name + " nor " + name + ".gz",
              "the four files of the set belong in this folder");
}

Images read_images(const fs::path& folder, const std::string& part) {
  const fs::path images_file = find_file(folder, part + "-images-idx3-ubyte");
  const fs::path labels_file = find_file(folder, part + "-labels-idx1-ubyte");
  const Images set{read_idx(images_file), read_idx(labels_file)};
  const auto wrong = [](const fs::path& file, const std::string& expected,
                        const std::string& found) {
    throw Error("load_mnist",
                file.string() + ": expected " + expected + ", found " + found);
  };
  const auto found = [](const Tensor& t) {
    return std::string(name(t.dtype())) + " of shape " + t.shape().to_string();
  };
  const Tensor &images = set.images, &labels = set.labels;
  if (images.dtype() != u8 || images.dim() != 3) {
    wrong(images_file, "images, u8 of shape (N,H,W)", found(images));
  }
  if (labels.dtype() != u8 || labels.dim() != 1 || labels.size(0) != images.size(0)) {
    wrong(labels_file,
          "a label for each image, u8 of shape (" + std::to_string(images.size(0)) + ")",
          found(labels));
  }
  const auto classes = labels.span<uint8_t>();
  const auto odd =
      std::find_if(classes.begin(), classes.end(), [](int c) { return c > 9; });
  if (odd != classes.end()) {
    wrong(labels_file, "classes from 0 to 9",
          std::to_string(*odd) + " for image " + std::to_string(odd - classes.begin()));
  }
  return set;
}

// ---- the garments -----------------------------------------------------------------------

struct Bundled {
  GarmentSet set;
  const char* part;
  uint32_t crc;  // of all pixels, then all labels: what is read back must be what was drawn
};
constexpr Bundled bundled_train{garments_train, "train", 0xc091052e},
    bundled_test{garments_test, "t10k", 0x0e59327d};

uint32_t crc_of(const Images& set) {
  const auto pixels = set.images.span<uint8_t>(), labels = set.labels.span<uint8_t>();
  const uLong crc = crc32_z(0, pixels.data(), pixels.size());
  return uint32_t(crc32_z(crc, labels.data(), labels.size()));
}

// Draws in portions, so that somebody can be told how far it is.
Images draw(const GarmentSet& set, int64_t count,
            const std::function<void(int64_t)>& progress) {
  const int64_t portion = 1000;
  const Images result{empty({count, 28, 28}, u8), empty({count}, u8)};
  for (int64_t first = 0; first < count; first += portion) {
    const GreyImages some =
        generate_garments(set.seed, std::min(portion, count - first), first);
    std::memcpy(&result.images.span<uint8_t>()[size_t(first * 784)], some.pixels.data(),
                some.pixels.size());
    std::memcpy(&result.labels.span<uint8_t>()[size_t(first)], some.labels.data(),
                some.labels.size());
    progress(some.count);
  }
  return result;
}

// The whole set from the cache; nothing if it is not there, or not as it was drawn.
std::optional<Images> read_cached(const Bundled& bundled) {
  const fs::path folder = cache_folder();
  if (folder.empty()) return {};
  try {
    Images set = read_images(folder / "garments", bundled.part);
    if (set.images.size(0) == bundled.set.count && crc_of(set) == bundled.crc) return set;
  } catch (const Error&) {
    // A file that cannot be used is as good as none.
  }
  return {};
}

// A cache that cannot be written costs time at the next run, and nothing else.
void write_cached(const Bundled& bundled, const Images& set) {
  const fs::path folder = cache_folder() / "garments";
  if (folder.is_relative()) return;
  const std::string start = (folder / bundled.part).string();
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  try {
    write_idx(start + "-images-idx3-ubyte", set.images);
    write_idx(start + "-labels-idx1-ubyte", set.labels);
  } catch (const Error&) {
  }
}

// A few images are drawn faster than the whole set is; only that one is kept.
Images garments(const Bundled& bundled, int64_t count,
                const std::function<void(int64_t)>& progress) {
  if (auto cached = read_cached(bundled)) return *cached;
  const Images set = draw(bundled.set, count, progress);
  if (count == bundled.set.count) write_cached(bundled, set);
  return set;
}

Transform transform_of(const FashionOptions& options) {
  if (options.resize == 0) return to_tensor();
  return compose({resize(options.resize, options.resize), to_tensor()});
}

Fashion make(const Images& train, const Images& test, const FashionOptions& options,
             bool real, const std::string& source) {
  const Transform transform = transform_of(options);
  return {ImageDataset(train.images, train.labels, transform).first(options.train_count),
          ImageDataset(test.images, test.labels, transform).first(options.test_count), real,
          source};
}

}  // namespace

fs::path cache_folder() {
  const auto absolute = [](const char* variable) -> fs::path {
    const char* value = std::getenv(variable);
    return value && fs::path(value).is_absolute() ? value : "";
  };
  if (const fs::path cache = absolute("XDG_CACHE_HOME"); !cache.empty()) {
    return cache / "handgrad";
  }
  const fs::path home = absolute("HOME");
  return home.empty() ? home : home / ".cache" / "handgrad";
}

Fashion load_mnist(const fs::path& folder, const FashionOptions& options) {
  return make(read_images(folder, "train"), read_images(folder, "t10k"), options, true,
              "MNIST in " + folder.string());
}

Fashion load_fashion(const fs::path& data, const FashionOptions& options) {
  const fs::path folder = data / "fashion-mnist";
  if (!data.empty() && fs::exists(folder)) {
    Fashion fashion = load_mnist(folder, options);
    fashion.source = "Fashion-MNIST in " + folder.string();
    return fashion;
  }
  const int64_t train = std::clamp<int64_t>(options.train_count, 0, garments_train.count);
  const int64_t test = std::clamp<int64_t>(options.test_count, 0, garments_test.count);
  int64_t done = 0;
  const auto progress = [&](int64_t more) {
    done += more;
    if (options.progress) options.progress(done, train + test);
  };
  const Images train_set = garments(bundled_train, train, progress);
  const Images test_set = garments(bundled_test, test, progress);
  return make(train_set, test_set, options, false, "the bundled garments");
}

std::vector<std::string> text_labels(const Tensor& labels) {
  std::vector<std::string> names;
  for (const int64_t label : labels.to_vector<int64_t>()) {
    if (label < 0 || label >= std::ssize(garment_names)) {
      throw Error("text_labels",
                  "there is no class " + std::to_string(label) + "; they go from 0 to 9");
    }
    names.emplace_back(garment_names[size_t(label)]);
  }
  return names;
}

}  // namespace hg::data
