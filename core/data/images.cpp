#include "data/images.hpp"

#include <algorithm>

namespace hg::data {

ImageDataset::ImageDataset(const Tensor& images, const Tensor& labels, Transform transform)
    : images_(images.dim() == 3 ? images.unsqueeze(1) : images),
      labels_(labels),
      transform_(std::move(transform)) {
  const bool shapes_fit =
      images_.dim() == 4 && labels.dim() == 1 && images_.size(0) == labels.size(0);
  if (!shapes_fit) {
    throw Error("ImageDataset", "images are (N,C,H,W) or (N,H,W), labels (N); got " +
                                    images.shape().to_string() + " and " +
                                    labels.shape().to_string());
  }
  if (images.dtype() != u8 || !is_integral(labels.dtype())) {
    throw Error("ImageDataset", std::string("images are u8, labels whole numbers; got ") +
                                    name(images.dtype()) + " and " + name(labels.dtype()));
  }
  images_ = images_.contiguous();
  labels_ = labels_.to(i64).contiguous();
}

Example ImageDataset::get(int64_t i) const {
  check_number(i);
  return {transform_(images_.select(0, i)), labels_.select(0, i)};
}

Example ImageDataset::batch(std::span<const int64_t> numbers) const {
  for (const int64_t i : numbers) check_number(i);
  return {transform_(gather_rows(images_, numbers)), gather_rows(labels_, numbers)};
}

ImageDataset ImageDataset::first(int64_t count) const {
  count = std::clamp<int64_t>(count, 0, size());
  return {images_.narrow(0, 0, count), labels_.narrow(0, 0, count), transform_};
}

}  // namespace hg::data
