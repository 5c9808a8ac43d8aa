// Include it in a test of the core's operators: they then run with their own kernels, and
// not with faster ones that a plugin brings.
#pragma once

#include <boost/test/unit_test.hpp>

#include "host/registry.hpp"

namespace hg::test {

struct ReferenceKernels {
  ReferenceKernels() { Registry::get().set_reference_only(true); }
};
BOOST_TEST_GLOBAL_FIXTURE(ReferenceKernels);

}  // namespace hg::test
