// Fuzz target: WAV files.
#include "data/wav.hpp"

#include "fuzz/target.hpp"

using namespace hg;

FUZZ_TARGET(wav) {
  fuzz::attempt([&] { fuzz::touch(data::parse_wav(fuzz::as_bytes(bytes)).samples); });
}
