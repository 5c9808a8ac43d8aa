// Images with their classes, kept as bytes and turned into numbers batch by batch.
#pragma once

#include "data/dataset.hpp"
#include "data/transforms.hpp"

namespace hg::data {

/// Example i is (transform(images[i]), labels[i]): of shapes (C,H,W) and (), in a batch
/// (N,C,H,W) and (N). The transform sees a whole batch at once.
class ImageDataset : public Dataset {
 public:
  /// images (N,C,H,W) or (N,H,W), grey ones, of u8; labels (N), which become i64.
  ImageDataset(const Tensor& images, const Tensor& labels,
               Transform transform = to_tensor());

  int64_t size() const override { return images_.size(0); }
  Example get(int64_t i) const override;
  Example batch(std::span<const int64_t> numbers) const override;

  const Tensor& images() const { return images_; }  ///< (N,C,H,W) u8, as they are kept
  const Tensor& labels() const { return labels_; }  ///< (N) i64

  /// The first `count` examples, or all if there are fewer. Shares memory.
  ImageDataset first(int64_t count) const;

 private:
  Tensor images_, labels_;
  Transform transform_;
};

}  // namespace hg::data
