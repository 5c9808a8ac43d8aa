// Is a picture's file what it claims to be? Asked before a decoder sees it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tensor/error.hpp"

namespace hg::data {

/// A file in memory, with the errors that it may cause.
struct Bytes {
  std::span<const uint8_t> bytes;
  const std::string& name;

  size_t size() const { return bytes.size(); }
  uint64_t at(size_t i) const { return bytes[i]; }
  uint64_t little(size_t offset, size_t count) const {
    uint64_t value = 0;
    for (size_t i = count; i-- > 0;) value = value << 8 | at(offset + i);
    return value;
  }
  bool begins_with(std::string_view text) const {
    return size() >= text.size() &&
           std::equal(text.begin(), text.end(), bytes.begin(),
                      [](char a, uint8_t b) { return uint8_t(a) == b; });
  }
  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {}) const {
    throw Error("read_image", name + ": " + problem, hint);
  }
  [[noreturn]] void fail(size_t offset, const std::string& problem,
                         const std::string& hint = {}) const {
    fail("offset " + std::to_string(offset) + ": " + problem, hint);
  }
};

inline constexpr uint64_t most_pixels = 100'000'000;
inline constexpr const char* copied = "was all of the file copied?";

/// Refuses a picture of no pixels, of too many, and of more than such a file can hold, if
/// one byte of it makes `a_byte` pixels at best.
void check_pixels(const Bytes& file, uint64_t width, uint64_t height, uint64_t a_byte);

/// Is all of it there? stb_image reads zeros behind the end of a file.
void check_png_is_whole(const Bytes& file);
void check_jpeg_is_whole(const Bytes& file);
void check_bmp_is_whole(const Bytes& file);

}  // namespace hg::data
