// Fuzz target: the binary files of CIFAR-10.
#include "data/cifar.hpp"

#include "fuzz/target.hpp"

using namespace hg;

FUZZ_TARGET(cifar) {
  fuzz::attempt([&] {
    const data::LabelledImages read = data::parse_cifar10(fuzz::as_bytes(bytes));
    fuzz::touch(read.images);
    fuzz::touch(read.labels);
  });
}
