#include "data/image_check.hpp"

namespace hg::data {
namespace {

std::string size_text(uint64_t width, uint64_t height) {
  return std::to_string(width) + "x" + std::to_string(height) + " pixels";
}

}  // namespace

void check_pixels(const Bytes& file, uint64_t width, uint64_t height, uint64_t a_byte) {
  if (width == 0 || height == 0) file.fail(size_text(width, height));
  if (width > most_pixels / height) {
    file.fail("expected at most " + std::to_string(most_pixels) + " pixels, found " +
              size_text(width, height));
  }
  if (width * height / a_byte > file.size()) {
    file.fail("expected " + size_text(width, height) + ", found only " +
                  std::to_string(file.size()) + " bytes",
              copied);
  }
}

// A PNG file is a row of chunks behind eight bytes: length, four letters, that many bytes,
// a checksum. The last one is IEND.
void check_png_is_whole(const Bytes& file) {
  for (size_t at = 8;;) {
    if (at > file.size() || file.size() - at < 12) {
      file.fail(std::min(at, file.size()), "expected another chunk, found the end", copied);
    }
    uint64_t length = 0;
    for (size_t i = 0; i < 4; ++i) length = length << 8 | file.at(at + i);
    if (length > file.size() - at - 12) {
      file.fail(at,
                "expected a chunk of " + std::to_string(length) + " bytes, found " +
                    std::to_string(file.size() - at - 12),
                copied);
    }
    const bool last = std::equal(&file.bytes[at + 4], &file.bytes[at + 8], "IEND");
    if (last) return;
    at += 12 + length;
  }
}

namespace {

// The tables of codes (Huffman's) that a JPEG file has brought, one bit each: stb_image
// trusts that they have at most 256 codes, and that a scan uses none that is missing.
class JpegCodes {
 public:
  // A segment DHT holds several: a byte (0x10: for differences, AC; and a number), how many
  // codes there are of each length from 1 to 16, and that many bytes.
  void add(const Bytes& file, size_t at, size_t end) {
    while (at < end) {
      uint64_t codes = 0;
      for (size_t i = 1; i <= 16 && at + i < end; ++i) codes += file.at(at + i);
      if (codes > 256 || codes + 17 > end - at) {
        file.fail(at, "expected a table of at most 256 codes within its segment, found " +
                          std::to_string(codes));
      }
      there_ |= 1u << (file.at(at) & 31);
      at += 17 + codes;
    }
  }

  // A segment SOS: the number of channels, for each its name and the numbers of its two
  // tables, then the first and the last coefficient, and which bits of them. Only where the
  // coefficients come in several scans may a scan do without one of the two.
  void check(const Bytes& file, size_t at, size_t end, bool several_scans) const {
    const size_t channels = end > at ? file.at(at) : 0;
    if (end - at != 4 + 2 * channels) file.fail(at, "a scan's header of the wrong length");
    const uint64_t first = file.at(end - 3), last = file.at(end - 2);
    const bool refines = file.at(end - 1) >> 4 != 0;
    for (size_t c = 0; c < channels; ++c) {
      const uint64_t tables = file.at(at + 2 + 2 * c);
      const bool dc = !several_scans || (first == 0 && !refines);
      const bool ac = !several_scans || last > 0;
      if ((dc && !has(tables >> 4)) || (ac && !has(16 + (tables & 15)))) {
        file.fail(at, "a scan that uses a table of codes which is missing");
      }
    }
  }

 private:
  bool has(uint64_t table) const { return there_ >> table & 1; }
  uint32_t there_ = 0;
};

}  // namespace

// A JPEG file is a row of segments: FF, a marker, and for most of them a length with that
// many bytes. Behind a scan's segment (DA) come its data, in which FF is followed by 00 or
// a restart marker (D0 to D7). The last marker is D9.
void check_jpeg_is_whole(const Bytes& file) {
  size_t at = 2;
  JpegCodes codes;
  bool several_scans = false;
  const auto missing = [&] {
    file.fail(at, "expected another segment or the end marker ff d9, found the end",
              copied);
  };
  for (;;) {
    while (at + 1 < file.size() && file.at(at) == 0xff && file.at(at + 1) == 0xff) ++at;
    if (at + 2 > file.size()) missing();
    if (file.at(at) != 0xff) {
      ++at;  // decoders pass over stray bytes between segments
      continue;
    }
    const uint64_t marker = file.at(at + 1);
    if (marker == 0xd9) return;
    at += 2;
    if (marker <= 0x01 || (0xd0 <= marker && marker <= 0xd7)) continue;
    if (at + 2 > file.size()) missing();
    const size_t length = file.at(at) << 8 | file.at(at + 1);
    if (length < 2 || length > file.size() - at) {
      file.fail(at,
                "expected a segment of " + std::to_string(length) + " bytes, found " +
                    std::to_string(file.size() - at),
                copied);
    }
    if (marker == 0xc2) several_scans = true;
    if (marker == 0xc4) codes.add(file, at + 2, at + length);
    if (marker == 0xda) codes.check(file, at + 2, at + length, several_scans);
    at += length;
    while (marker == 0xda && at + 1 < file.size() &&
           (file.at(at) != 0xff || file.at(at + 1) == 0 ||
            (0xd0 <= file.at(at + 1) && file.at(at + 1) <= 0xd7))) {
      ++at;
    }
  }
}

// A BMP file says where its pixels begin, and how large they are; rows are whole words.
void check_bmp_is_whole(const Bytes& file) {
  if (file.size() < 30) file.fail("expected a header of 30 bytes", copied);
  const bool old = file.little(14, 4) == 12;
  const uint64_t start = file.little(10, 4);
  const uint64_t width = file.little(18, old ? 2 : 4);
  uint64_t height = old ? file.little(20, 2) : file.little(22, 4);
  const uint64_t bits = file.little(old ? 24 : 28, 2);
  // A negative height: the rows come from the top.
  if (!old && height > INT32_MAX) height = (uint64_t{1} << 32) - height;
  if (width > INT32_MAX || bits > 32) {
    file.fail(14, "no picture has " + size_text(width, height) + " of " +
                      std::to_string(bits) + " bits");
  }
  check_pixels(file, width, height, 8);
  const uint64_t end = start + (width * bits + 31) / 32 * 4 * height;
  if (end > file.size()) {
    file.fail(
        "expected " + std::to_string(end) + " bytes, found " + std::to_string(file.size()),
        copied);
  }
}

}  // namespace hg::data
