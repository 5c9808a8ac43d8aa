#include "data/wav.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "data/bytes.hpp"
#include "io/atomic_file.hpp"
#include "tensor/error.hpp"

namespace hg::data {
namespace {

/// The file as it is read: numbers have their lowest byte first.
class WavReader {
 public:
  WavReader(std::span<const uint8_t> bytes, const std::string& name)
      : bytes_(bytes), name_(name) {}

  uint64_t number(size_t offset, size_t count) const {
    uint64_t value = 0;
    for (size_t i = count; i-- > 0;) value = value << 8 | bytes_[offset + i];
    return value;
  }
  std::string letters(size_t offset) const {
    std::string text;
    for (size_t i = 0; i < 4; ++i) {
      const uint8_t c = bytes_[offset + i];
      text += 32 <= c && c < 127 ? char(c) : '?';
    }
    return text;
  }
  size_t size() const { return bytes_.size(); }

  [[noreturn]] void fail(size_t offset, const std::string& expected,
                         const std::string& found, const std::string& hint = {}) const {
    throw Error("read_wav",
                name_ + ": offset " + std::to_string(offset) + ": expected " + expected +
                    ", found " + found,
                hint);
  }

 private:
  std::span<const uint8_t> bytes_;
  const std::string& name_;
};

enum : uint64_t { pcm = 1, ieee_float = 3, extensible = 0xfffe };

struct Format {
  uint64_t kind = 0, channels = 0, rate = 0, bits = 0;
};

Format read_format(const WavReader& file, size_t at, uint64_t length) {
  if (length < 16) file.fail(at, "a format of 16 bytes", std::to_string(length));
  Format f{file.number(at, 2), file.number(at + 2, 2), file.number(at + 4, 4),
           file.number(at + 14, 2)};
  // The extensible format keeps its kind in the first two bytes of a longer name.
  if (f.kind == extensible) {
    if (length < 40)
      file.fail(at, "an extensible format of 40 bytes", std::to_string(length));
    f.kind = file.number(at + 24, 2);
  }
  const bool known =
      (f.kind == pcm && (f.bits == 8 || f.bits == 16 || f.bits == 24 || f.bits == 32)) ||
      (f.kind == ieee_float && (f.bits == 32 || f.bits == 64));
  if (!known) {
    file.fail(
        at, "PCM of 8, 16, 24 or 32 bits or floats of 32 or 64",
        "format " + std::to_string(f.kind) + " of " + std::to_string(f.bits) + " bits");
  }
  if (f.channels < 1 || f.channels > 256) {
    file.fail(at + 2, "1 to 256 channels", std::to_string(f.channels));
  }
  if (f.rate < 1) file.fail(at + 4, "a rate of 1 at least", "0");
  if (file.number(at + 12, 2) != f.channels * f.bits / 8) {
    file.fail(at + 12, std::to_string(f.channels * f.bits / 8) + " bytes a frame",
              std::to_string(file.number(at + 12, 2)));
  }
  return f;
}

// Bits of a sample to a number. Signed ones of n bits lie between -2^(n-1) and 2^(n-1) - 1;
// those of 8 bits have 128 for 0.
float sample_of(uint64_t bits, const Format& f) {
  if (f.kind == ieee_float) {
    return f.bits == 32 ? std::bit_cast<float>(uint32_t(bits))
                        : float(std::bit_cast<double>(bits));
  }
  const int64_t half = int64_t{1} << (f.bits - 1), value = int64_t(bits);
  if (f.bits == 8) return float(value - 128) / 128;
  return float(double(value >= half ? value - 2 * half : value) / double(half));
}

}  // namespace

Wav parse_wav(std::span<const uint8_t> bytes, const std::string& name) {
  const WavReader file(bytes, name);
  if (file.size() < 12) file.fail(0, "a header of 12 bytes", std::to_string(file.size()));
  if (file.letters(0) != "RIFF") file.fail(0, "RIFF", file.letters(0), "is it a WAV file?");
  if (file.letters(8) != "WAVE") file.fail(8, "WAVE", file.letters(8), "is it a WAV file?");

  Format format;
  for (size_t at = 12; file.size() - at >= 8;) {
    const std::string chunk = file.letters(at);
    const uint64_t length = file.number(at + 4, 4), left = file.size() - at - 8;
    if (length > left) {
      file.fail(at, "a chunk '" + chunk + "' of " + std::to_string(length) + " bytes",
                std::to_string(left), "was all of the file copied?");
    }
    const size_t start = at + 8;
    if (chunk == "fmt ") format = read_format(file, start, length);
    if (chunk == "data") {
      if (format.channels == 0) file.fail(at, "a chunk 'fmt ' before the data", "none");
      const size_t width = format.bits / 8, frame = width * format.channels;
      if (length % frame != 0) {
        file.fail(start, "whole frames of " + std::to_string(frame) + " bytes",
                  std::to_string(length) + " bytes");
      }
      const size_t frames = length / frame;
      Wav wav{empty({int64_t(format.channels), int64_t(frames)}), int64_t(format.rate)};
      const auto to = wav.samples.span<float>();
      for (size_t i = 0; i < frames; ++i) {
        for (size_t c = 0; c < format.channels; ++c) {
          to[c * frames + i] =
              sample_of(file.number(start + i * frame + c * width, width), format);
        }
      }
      return wav;
    }
    // Chunks of odd length have a byte behind them that belongs to none.
    at = start + std::min<uint64_t>(length + length % 2, left);
  }
  file.fail(file.size(), "a chunk 'data'", "the end", "was all of the file copied?");
}

Wav read_wav(const std::string& path) {
  return parse_wav(bytes_of(read_file(path, "read_wav")), path);
}

// ---- writing ----------------------------------------------------------------------------

void write_wav(const std::string& path, const Tensor& samples, int64_t rate,
               WavFormat format) {
  if (samples.dim() < 1 || samples.dim() > 2 || !is_floating(samples.dtype())) {
    throw Error("write_wav", path +
                                 ": samples are (channels,frames) or (frames), floating " +
                                 "point; got " + name(samples.dtype()) + " " +
                                 samples.shape().to_string());
  }
  const int64_t channels = samples.dim() == 2 ? samples.size(0) : 1;
  const int64_t frames = samples.size(-1);
  if (channels < 1 || channels > 256 || rate < 1 || rate > 10'000'000) {
    throw Error("write_wav", path + ": " + std::to_string(channels) + " channels and " +
                                 std::to_string(rate) +
                                 " frames a second; 1 to 256 and 1 " +
                                 "to 10000000 are possible");
  }
  const bool floats = format == WavFormat::float32;
  const int width = format == WavFormat::pcm8  ? 1
                  : format == WavFormat::pcm16 ? 2
                  : format == WavFormat::pcm24 ? 3
                                               : 4;
  const int64_t frame = channels * width, most = INT32_MAX / frame;
  if (frames > most) {
    throw Error("write_wav", path + ": " + std::to_string(frames) + " frames; at most " +
                                 std::to_string(most) + " of this format fit into a file");
  }
  std::string bytes;
  const auto put = [&](uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes += char(value >> 8 * i & 255);
  };
  const int64_t length = frames * frame;
  bytes += "RIFF";
  put(uint64_t(36 + length + length % 2), 4);
  bytes += "WAVEfmt ";
  put(16, 4);
  put(floats ? ieee_float : pcm, 2);
  put(uint64_t(channels), 2);
  put(uint64_t(rate), 4);
  put(uint64_t(rate * frame), 4);
  put(uint64_t(frame), 2);
  put(uint64_t(width) * 8, 2);
  bytes += "data";
  put(uint64_t(length), 4);

  const std::vector<double> numbers = samples.detach().to_vector<double>();
  const double half = std::ldexp(1.0, 8 * width - 1);
  for (int64_t i = 0; i < frames; ++i) {
    for (int64_t c = 0; c < channels; ++c) {
      const double x = numbers[size_t(c * frames + i)];
      if (floats) {
        put(std::bit_cast<uint32_t>(float(x)), 4);
        continue;
      }
      const double value =
          std::isnan(x) ? 0 : std::clamp(std::round(x * half), -half, half - 1);
      put(uint64_t(int64_t(value) + (width == 1 ? 128 : 0)), width);
    }
  }
  if (length % 2 != 0) bytes += '\0';
  io::AtomicFile file(path);
  file.write(bytes.data(), bytes.size());
  file.commit();
}

}  // namespace hg::data
