// Included by a test of fastcpu, this runs all its tests for each instruction set: the
// best that the CPU has, then, in processes of their own, those that it would use if it
// had less. Tests with the label "once" take long, and guard what is the same for all.
#pragma once

#include <boost/test/unit_test.hpp>

#include "support/fastcpu.hpp"

BOOST_AUTO_TEST_CASE(all_of_it_with_avx2) {
  BOOST_TEST(hg::test::passes_with_isa("avx2"));
}
BOOST_AUTO_TEST_CASE(all_of_it_with_plain) {
  BOOST_TEST(hg::test::passes_with_isa("plain"));
}
