// WAV: sound as numbers.
//
//     "RIFF" size "WAVE"                   then chunks: four letters, size, bytes
//     "fmt "  format, channels, rate, bytes a second, bytes a frame, bits a sample
//     "data"  frames: one sample of each channel, lowest byte first
//
// Formats read: PCM of 8 (unsigned), 16, 24 and 32 bits, floats of 32 and 64, also where
// "fmt " is of the extensible kind. Other chunks are passed over.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tensor/tensor.hpp"

namespace hg::data {

struct Wav {
  Tensor samples;  // (channels, frames) f32; whole numbers are divided so that -1 <= x < 1
  int64_t rate;    // frames a second
};

Wav read_wav(const std::string& path);
/// The same for a file in memory; errors call it `name`.
Wav parse_wav(std::span<const uint8_t> bytes, const std::string& name = "bytes");

enum class WavFormat { pcm8, pcm16, pcm24, pcm32, float32 };

/// Writes (channels, frames) or (frames). As whole numbers, samples beyond [-1, 1) are
/// clipped and all are rounded. A file that is there already is replaced at once or not at
/// all.
void write_wav(const std::string& path, const Tensor& samples, int64_t rate,
               WavFormat format = WavFormat::pcm16);

}  // namespace hg::data
