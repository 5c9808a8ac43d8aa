// Fuzz target: PNG, JPEG, BMP and PGM/PPM files. The first byte chooses the channels.
#include "data/image_file.hpp"

#include "fuzz/target.hpp"

using namespace hg;

FUZZ_TARGET(image) {
  if (bytes.empty()) return;
  const int channels = std::array{0, 1, 3, 4}[uint8_t(bytes[0]) & 3];
  const auto file = fuzz::as_bytes(bytes.substr(1));
  fuzz::attempt([&] { fuzz::touch(data::parse_image(file, channels)); });
}
