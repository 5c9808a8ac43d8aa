// Fuzz target: IDX files, packed with gzip or not.
#include "data/idx.hpp"

#include "fuzz/target.hpp"

using namespace hg;

FUZZ_TARGET(idx) {
  fuzz::attempt([&] { fuzz::touch(data::read_idx(fuzz::file_with(bytes))); });
}
