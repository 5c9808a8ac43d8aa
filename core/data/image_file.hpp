// Pictures in files: PNG, JPEG, BMP and PGM/PPM, by way of Sean Barrett's stb_image.
//
// In memory an image is (C,H,W) of bytes, as networks want it; in files it is mostly
// (H,W,C). Files are not to be trusted: a header of 30 bytes can promise a picture of a
// terabyte. So the sizes are read first, and held against a limit and against the length of
// the file; the decoder gets no more memory than a picture of that size takes; and a file
// that was cut short is an error, where stb_image would deliver grey.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tensor/tensor.hpp"

namespace hg::data {

/// The image in a file, (C,H,W) u8. `channels`: 1 grey, 3 red, green, blue, 4 with opacity;
/// 0 as in the file (2: grey with opacity). Grey from colour is (77 r + 150 g + 29 b)/256.
/// Samples of 16 bits are cut to their upper 8. Throws hg::Error with the file and what is
/// wrong with it. At most 100 million pixels.
Tensor read_image(const std::string& path, int channels = 0);

/// The same for a file in memory; errors call it `name`.
Tensor parse_image(std::span<const uint8_t> bytes, int channels = 0,
                   const std::string& name = "image");

/// Writes (C,H,W) of u8, or of numbers from 0 to 1, which are multiplied by 255 and
/// rounded. The name's end chooses the format: .png, .bmp (1 to 4 channels), .jpg or .jpeg
/// (1 or 3, `quality` 1 to 100), .pgm (1), .ppm (3). A missing folder is made; a file that
/// is there already is replaced at once or not at all.
void write_image(const std::string& path, const Tensor& image, int quality = 75);

/// The bytes of a PNG file. `pixels`: rows from the top, in each the pixels from the left,
/// of each the channels, 1 to 4 of them.
std::string encode_png(std::span<const uint8_t> pixels, int height, int width,
                       int channels);

}  // namespace hg::data
