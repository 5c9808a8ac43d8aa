// Where plots and pictures meet tensors.
#include <string>

#include "learn/figure.hpp"
#include "learn/image.hpp"
#include "learn/values.hpp"
#include "tensor/error.hpp"
#include "tensor/tensor.hpp"

namespace hg {

Values::Values(const Tensor& tensor) : numbers_(tensor.to_vector<double>()) {}

namespace {

// Bytes already are what a picture holds: shown as they are, whatever their range.
Image bytes_image(const std::vector<double>& numbers, int height, int width, int channels) {
  Image image{height, width, channels, std::vector<uint8_t>(numbers.size())};
  for (size_t i = 0; i < numbers.size(); ++i) image.pixels[i] = uint8_t(numbers[i]);
  return image;
}

}  // namespace

Axes& Axes::heatmap(const Tensor& matrix) {
  if (matrix.dim() != 2) {
    throw Error("heatmap", "a matrix has two axes; got " + matrix.shape().to_string());
  }
  return heatmap(Values(matrix), size_t(matrix.size(0)), size_t(matrix.size(1)));
}

std::vector<Image> make_images(const Tensor& batch) {
  const int axes = batch.dim();
  const int64_t channels = axes == 4 ? batch.size(1) : 1;
  const bool known = axes == 3 || (axes == 4 && (channels == 1 || channels == 3));
  const int64_t longest = 1 << 16;
  if (!known || batch.size(-2) > longest || batch.size(-1) > longest) {
    throw Error("make_images",
                "a batch of images is (N,H,W), (N,1,H,W) or (N,3,H,W); got " +
                    batch.shape().to_string());
  }
  const auto c = int(channels), h = int(batch.size(-2)), w = int(batch.size(-1));
  std::vector<Image> images;
  for (int64_t n = 0; n < batch.size(0); ++n) {
    const Tensor one = batch.select(0, n);
    // Tensors have a plane for each channel; in a picture the channels of a pixel are
    // neighbours: (C,H,W) to (H,W,C).
    const Values numbers(axes == 4 ? one.permute({1, 2, 0}) : one);
    images.push_back(batch.dtype() == u8
                         ? bytes_image({numbers.begin(), numbers.end()}, h, w, c)
                         : make_image(numbers, h, w, c));
  }
  return images;
}

ImageSheet image_sheet(const Tensor& batch, int rows, int cols,
                       std::vector<std::string> titles, double scale) {
  return image_sheet(make_images(batch), rows, cols, std::move(titles), scale);
}

}  // namespace hg
