// Fuzz target: the tables of shared libraries, which are read before a plugin is loaded.
#include "host/elf.hpp"

#include "fuzz/target.hpp"

using namespace hg;

FUZZ_TARGET(elf) {
  fuzz::attempt([&] { read_shared_library(fuzz::file_with(bytes)); });
}
