// What is done to images on their way from the file to the network.
//
//     const auto train = data::compose({
//         data::random_crop(32, 4), data::random_horizontal_flip(),
//         data::to_tensor(), data::normalize({0.49, 0.48, 0.45}, {0.25, 0.24, 0.26})});
//
// Any function of this type is a transform, a lambda too. Names, defaults and results are
// those of torchvision. The random ones take a seed from default_generator(), which a
// DataLoader sets for each batch, and treat every image of a batch anew.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg::data {

/// Takes images (...,C,H,W), one or a batch of them, and returns as many.
using Transform = std::function<Tensor(const Tensor&)>;

/// Bytes 0 to 255 to f32 from 0 to 1: torchvision's ToTensor. (That one also brings the
/// channels to the front. Here they stand there from the start.)
Transform to_tensor();

/// (x - mean[c]) / std[c] for each channel c: with the data's own mean and deviation, the
/// numbers have mean 0 and deviation 1 then.
Transform normalize(std::vector<double> mean, std::vector<double> std);

/// One transform after the other.
Transform compose(std::vector<Transform> transforms);

// ---- sizes (resize.cpp) -----------------------------------------------------------------

/// bilinear: a new pixel is a mean of the old ones around its place, weighted by how near
/// they are; when the image shrinks, of all that it covers (torchvision's antialias=True,
/// which is what it does to PIL images). nearest: it is the old one at its place.
enum class Interpolation { bilinear, nearest };

/// Images of height x width pixels, bytes or floating point, whatever their size was.
Transform resize(int64_t height, int64_t width,
                 Interpolation interpolation = Interpolation::bilinear);
/// The shorter side becomes `size` pixels, the longer one keeps in proportion.
Transform resize(int64_t size, Interpolation interpolation = Interpolation::bilinear);

// ---- parts (crop.cpp) -------------------------------------------------------------------

/// The middle height x width pixels. Where an image is smaller, black is put around it.
Transform center_crop(int64_t height, int64_t width);
Transform center_crop(int64_t size);

/// size x size pixels (or {height, width}) from anywhere, after `padding` black ones were
/// put at every side.
Transform random_crop(int64_t size, int64_t padding = 0);
Transform random_crop(std::array<int64_t, 2> size, int64_t padding = 0);

/// A part from anywhere, resized to size x size pixels. Its area is a share of the image's,
/// drawn between the two of `scale`; its width : height lies between the two of `ratio`,
/// drawn so that r and 1/r are equally likely. After ten draws that do not fit, the middle.
Transform random_resized_crop(int64_t size, std::array<double, 2> scale = {0.08, 1.0},
                              std::array<double, 2> ratio = {3.0 / 4, 4.0 / 3},
                              Interpolation interpolation = Interpolation::bilinear);

/// Left and right, or top and bottom, exchanged with probability p.
Transform random_horizontal_flip(double p = 0.5);
Transform random_vertical_flip(double p = 0.5);

// ---- colours (color.cpp) ----------------------------------------------------------------
// For images (...,3,H,W) of bytes or of numbers from 0 to 1; the first three for grey ones
// too. Results beyond the range are clipped, bytes cut to whole ones.

/// factor * x: 0 is black, 1 changes nothing.
Tensor adjust_brightness(const Tensor& images, double factor);
/// factor * x + (1 - factor) * m, m being the mean of the image in grey.
Tensor adjust_contrast(const Tensor& images, double factor);
/// factor * x + (1 - factor) * grey(x): 0 takes all colour out.
Tensor adjust_saturation(const Tensor& images, double factor);
/// Turns every colour on the colour wheel by `turn` of its circumference, -0.5 to 0.5.
Tensor adjust_hue(const Tensor& images, double turn);
/// 0.2989 r + 0.587 g + 0.114 b as one channel.
Tensor grayscale(const Tensor& images);

/// The four in random order, with factors drawn from [max(0, 1-b), 1+b] and so on, and a
/// turn from [-hue, hue], hue up to 0.5. What is 0 is left out.
Transform color_jitter(double brightness = 0, double contrast = 0, double saturation = 0,
                       double hue = 0);

}  // namespace hg::data
