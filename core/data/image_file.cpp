#include "data/image_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "data/bytes.hpp"
#include "data/image_check.hpp"
#include "io/atomic_file.hpp"
#include "tensor/error.hpp"

// What stb_image works with while it decodes one file: memory, never more at once than the
// picture that was announced can need, and no assert() that would end the program. A check
// that fails throws, and then the blocks that are still there are given back here.
namespace {
struct Memory {
  size_t most_bytes = size_t{1} << 20;
  std::vector<void*> blocks = {};

  ~Memory() {
    for (void* block : blocks) std::free(block);
  }
  void* allocate(size_t bytes) {
    if (bytes > most_bytes) return nullptr;
    blocks.reserve(blocks.size() + 1);
    void* block = std::calloc(bytes, 1);  // it reads tables that a file has left out
    if (block) blocks.push_back(block);
    return block;
  }
  void* grow(void* old, size_t bytes) {
    if (!old) return allocate(bytes);
    void* block = bytes <= most_bytes ? std::realloc(old, bytes) : nullptr;
    if (block) *std::find(blocks.begin(), blocks.end(), old) = block;
    return block;
  }
  void release(void* block) {
    const auto at = std::find(blocks.begin(), blocks.end(), block);
    if (at != blocks.end()) blocks.erase(at);
    std::free(block);
  }
};
thread_local Memory* memory = nullptr;

struct Corrupt {};
void must(bool holds) {
  if (!holds) throw Corrupt();
}
}  // namespace
#define STBI_MALLOC(bytes) memory->allocate(bytes)
#define STBI_REALLOC(old, bytes) memory->grow(old, bytes)
#define STBI_FREE(block) memory->release(block)
#define STBI_ASSERT(condition) must(condition)

// The only place that compiles the two headers. What they define stays in this file.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wunused-variable"
#endif
// Sums of a hostile JPEG file's numbers overflow. They are pixels' values and no places in
// memory, so they may wrap around, and the sanitizers need not report it.
#if defined(__clang__)
#pragma clang attribute push( \
    __attribute__((no_sanitize("signed-integer-overflow", "shift"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("wrapv")
#endif
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>
#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace hg::data {
namespace {

/// Bytes of a picture as files have them: rows, in each the pixels, of each the channels.
struct Picture {
  int64_t height, width, channels;
  std::vector<uint8_t> pixels;
};

// ---- decoders ---------------------------------------------------------------------------

Picture decode_stb(const Bytes& file, int channels, uint64_t a_byte) {
  if (file.size() > INT32_MAX) file.fail("it has more than 2 gigabytes");
  const uint8_t* bytes = file.bytes.data();
  const int length = int(file.size());
  int width = 0, height = 0, in_file = 0;
  Memory own;
  memory = &own;
  try {
    if (!stbi_info_from_memory(bytes, length, &width, &height, &in_file)) throw Corrupt();
    check_pixels(file, uint64_t(width), uint64_t(height), a_byte);
    // 16 bytes for a pixel: four channels of 16 bits, and as much again while they are
    // converted. JPEG rounds sides up to 32 pixels.
    own.most_bytes += size_t(width + 64) * size_t(height + 64) * 16 + 2 * file.size();
    stbi__g_failure_reason = nullptr;  // that of asking whether a PNG is a JPEG
    const uint8_t* pixels =
        stbi_load_from_memory(bytes, length, &width, &height, &in_file, channels);
    if (!pixels) throw Corrupt();
    Picture picture{height, width, channels ? channels : in_file, {}};
    picture.pixels.assign(pixels, pixels + height * int64_t{width} * picture.channels);
    return picture;
  } catch (const Corrupt&) {
    const char* reason = stbi_failure_reason();
    file.fail(std::string("it cannot be decoded") + (reason ? ": " : "") +
              (reason ? reason : ""));
  }
}

// P5 (grey) or P6 (colour), then width, height and the largest value as text, with blanks
// and comments from # to the line's end between them, one blank, and the samples: a byte
// each, or two, the higher first, if the largest value is above 255.
Picture decode_pnm(const Bytes& file, int channels) {
  size_t at = 2;
  const auto blank = [](uint64_t c) { return c == ' ' || (9 <= c && c <= 13); };
  const auto number = [&](const char* what, uint64_t most) {
    for (; at < file.size() && (blank(file.at(at)) || file.at(at) == '#'); ++at) {
      if (file.at(at) != '#') continue;
      while (at + 1 < file.size() && file.at(at + 1) != '\n') ++at;
    }
    const size_t start = at;
    uint64_t value = 0;
    for (; at < file.size() && '0' <= file.at(at) && file.at(at) <= '9'; ++at) {
      value = std::min<uint64_t>(value * 10 + file.at(at) - '0', 1 << 30);
    }
    if (at == start || value < 1 || value > most) {
      file.fail(start,
                std::string("expected a ") + what + " from 1 to " + std::to_string(most));
    }
    return value;
  };
  const uint64_t width = number("width", most_pixels);
  const uint64_t height = number("height", most_pixels);
  const uint64_t largest = number("largest value", 65535);
  if (at == file.size() || !blank(file.at(at))) file.fail(at, "expected a blank");
  ++at;
  check_pixels(file, width, height, 1);
  const uint64_t in_file = file.at(1) == '6' ? 3 : 1, bytes = largest > 255 ? 2 : 1;
  const uint64_t samples = width * height * in_file;
  if (samples * bytes > file.size() - at) {
    file.fail(at,
              "expected " + std::to_string(samples * bytes) + " bytes, found " +
                  std::to_string(file.size() - at),
              copied);
  }
  Picture picture{int64_t(height), int64_t(width), int64_t(in_file), {}};
  picture.pixels.resize(samples);
  for (uint8_t& pixel : picture.pixels) {
    uint64_t value = file.at(at++);
    if (bytes == 2) value = value << 8 | file.at(at++);
    pixel = uint8_t((std::min(value, largest) * 255 + largest / 2) / largest);
  }
  if (channels == 0 || channels == int(in_file)) return picture;

  // The other number of channels that is wanted, as stb_image makes it.
  Picture wanted{picture.height, picture.width, channels, {}};
  for (size_t i = 0; i < samples; i += in_file) {
    const uint8_t *p = &picture.pixels[i], r = p[0], g = p[in_file / 2], b = p[in_file - 1];
    if (channels <= 2) {
      wanted.pixels.push_back(in_file == 1 ? r : uint8_t((77 * r + 150 * g + 29 * b) >> 8));
    } else {
      wanted.pixels.insert(wanted.pixels.end(), {r, g, b});
    }
    if (channels % 2 == 0) wanted.pixels.push_back(255);
  }
  return wanted;
}

Picture decode(const Bytes& file, int channels) {
  if (file.begins_with("\x89PNG")) {
    check_png_is_whole(file);
    return decode_stb(file, channels, 8 * 1032);  // of 1 bit each, packed as far as can be
  }
  if (file.begins_with("\xff\xd8\xff")) {
    check_jpeg_is_whole(file);
    return decode_stb(file, channels, 512);  // a block of 64 pixels is one bit at least
  }
  if (file.begins_with("BM")) {
    check_bmp_is_whole(file);
    return decode_stb(file, channels, 8);
  }
  if (file.begins_with("P5") || file.begins_with("P6")) return decode_pnm(file, channels);
  file.fail("expected a PNG, JPEG, BMP, PGM or PPM file; it begins like none of them");
}

}  // namespace

Tensor parse_image(std::span<const uint8_t> bytes, int channels, const std::string& name) {
  if (channels < 0 || channels > 4) {
    throw Error("read_image", "channels is " + std::to_string(channels) +
                                  ", but must be 1 to 4, or 0 for those of the file");
  }
  const Picture picture = decode({bytes, name}, channels);
  const auto count = size_t(picture.channels);
  const size_t pixels = size_t(picture.height * picture.width);
  Tensor image = empty({picture.channels, picture.height, picture.width}, u8);
  const auto to = image.span<uint8_t>();
  for (size_t c = 0; c < count; ++c) {
    for (size_t p = 0; p < pixels; ++p) to[c * pixels + p] = picture.pixels[p * count + c];
  }
  return image;
}

Tensor read_image(const std::string& path, int channels) {
  return parse_image(bytes_of(read_file(path, "read_image")), channels, path);
}

// ---- writing ----------------------------------------------------------------------------

namespace {

void append(void* text, void* data, int size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(data), size_t(size));
}

Picture picture_of(const std::string& path, const Tensor& image) {
  const bool fits = image.dim() == 3 && image.size(0) >= 1 && image.size(0) <= 4 &&
                    image.size(1) >= 1 && image.size(2) >= 1 && image.size(1) <= 1 << 16 &&
                    image.size(2) <= 1 << 16;
  if (!fits) {
    throw Error("write_image", path + ": an image is (C,H,W), C 1 to 4, H and W 1 to " +
                                   "65536; got " + image.shape().to_string());
  }
  if (image.dtype() != u8 && !is_floating(image.dtype())) {
    throw Error("write_image",
                path + ": an image is u8 or floating point; got " + name(image.dtype()));
  }
  const bool bytes = image.dtype() == u8;
  const std::vector<float> numbers = image.detach().to_vector<float>();
  Picture picture{image.size(1), image.size(2), image.size(0), {}};
  picture.pixels.resize(numbers.size());
  const auto count = size_t(picture.channels), pixels = numbers.size() / count;
  for (size_t c = 0; c < count; ++c) {
    for (size_t p = 0; p < pixels; ++p) {
      const float x = numbers[c * pixels + p];
      const float share = std::isnan(x) ? 0 : std::clamp(x, 0.0f, 1.0f);
      picture.pixels[p * count + c] = uint8_t(bytes ? x : std::round(share * 255));
    }
  }
  return picture;
}

}  // namespace

std::string encode_png(std::span<const uint8_t> pixels, int height, int width,
                       int channels) {
  std::string png;
  if (!stbi_write_png_to_func(append, &png, width, height, channels, pixels.data(), 0)) {
    throw Error("encode_png",
                "no memory for a picture of " + std::to_string(pixels.size()) + " bytes");
  }
  return png;
}

void write_image(const std::string& path, const Tensor& image, int quality) {
  namespace fs = std::filesystem;
  const Picture picture = picture_of(path, image);
  std::string end = fs::path(path).extension().string(), bytes;
  for (char& c : end) c = char(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  const int height = int(picture.height), width = int(picture.width);
  const int channels = int(picture.channels);
  const uint8_t* pixels = picture.pixels.data();
  const auto only = [&](bool possible, const char* which) {
    if (possible) return;
    throw Error("write_image", path + ": " + end + " files have " + which +
                                   " channels; got " + image.shape().to_string());
  };
  if (end == ".png") {
    bytes = encode_png(picture.pixels, height, width, channels);
  } else if (end == ".jpg" || end == ".jpeg") {
    only(channels == 1 || channels == 3, "1 or 3");
    if (quality < 1 || quality > 100) {
      throw Error("write_image", path + ": quality is " + std::to_string(quality) +
                                     ", but must be 1 to 100");
    }
    stbi_write_jpg_to_func(append, &bytes, width, height, channels, pixels, quality);
  } else if (end == ".bmp") {
    only(channels != 2, "1, 3 or 4");
    stbi_write_bmp_to_func(append, &bytes, width, height, channels, pixels);
  } else if (end == ".pgm" || end == ".ppm") {
    only(channels == (end == ".pgm" ? 1 : 3), end == ".pgm" ? "1" : "3");
    bytes = (channels == 1 ? "P5\n" : "P6\n") + std::to_string(width) + " " +
            std::to_string(height) + "\n255\n";
    bytes.append(picture.pixels.begin(), picture.pixels.end());
  } else {
    throw Error("write_image",
                path + ": names end in .png, .jpg, .jpeg, .bmp, .pgm or .ppm");
  }
  const fs::path folder = fs::path(path).parent_path();
  std::error_code ignored;  // AtomicFile says what is wrong with the folder
  if (!folder.empty()) fs::create_directories(folder, ignored);
  io::AtomicFile file(path);
  file.write(bytes.data(), bytes.size());
  file.commit();
}

}  // namespace hg::data
