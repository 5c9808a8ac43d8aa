// Fuzz target: text files, which must be UTF-8.
#include "data/text.hpp"

#include "fuzz/target.hpp"

using namespace hg;

FUZZ_TARGET(text) {
  fuzz::attempt([&] { data::parse_text(bytes); });
}
