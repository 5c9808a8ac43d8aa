// Fuzz target: lessons, taken apart into prose, code and output.
#include "../../docs/tools/literate.cpp"

#include "fuzz/target.hpp"

FUZZ_TARGET(literate) {
  try {
    const auto expected = hg::literate::expected_output(hg::literate::parse(bytes));
    const std::vector<std::string> printed = hg::literate::split_lines(bytes);
    hg::literate::first_missing(expected, printed);
    hg::literate::update(bytes, printed);
  } catch (const std::runtime_error&) {  // a tolerance that cannot be read
  }
}
