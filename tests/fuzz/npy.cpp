// Fuzz target: .npy files.
#include "io/npy.hpp"

#include "fuzz/target.hpp"

using namespace hg;

FUZZ_TARGET(npy) {
  const std::string path = fuzz::file_with(bytes);
  fuzz::attempt([&] { io::list_npy(path); });
  fuzz::attempt([&] { fuzz::touch(io::read_npy(path)); });
}
