// Fuzz target: safetensors files, read, mapped and listed.
#include "io/safetensors.hpp"

#include "fuzz/target.hpp"

using namespace hg;

FUZZ_TARGET(safetensors) {
  const std::string path = fuzz::file_with(bytes);
  fuzz::attempt([&] { io::list_safetensors(path); });
  fuzz::attempt([&] {
    for (auto& [name, t] : io::read_safetensors(path)) fuzz::touch(t);
  });
  fuzz::attempt([&] {
    for (auto& [name, t] : io::map_safetensors(path)) fuzz::touch(t);
  });
}
