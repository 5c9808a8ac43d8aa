// Fuzz target: the lists of sample inputs in the definitions of operators.
#include "host/samples.hpp"

#include "fuzz/target.hpp"

using namespace hg;

FUZZ_TARGET(samples) {
  fuzz::attempt([&] {
    for (const SampleInput& input : parse_sample(bytes)) (void)input.to_string();
  });
}
