// What most tests need: messages of errors, numbers of tensors, files of the source tree.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg::test {

/// The address sanitizer ends the process where the system would refuse memory.
#ifdef __SANITIZE_ADDRESS__
constexpr bool address_sanitizer = true;
#elif defined __has_feature
constexpr bool address_sanitizer = __has_feature(address_sanitizer);
#else
constexpr bool address_sanitizer = false;
#endif

/// The message of the hg::Error that f throws; empty if it throws none.
template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

/// Does f throw an hg::Error whose message has `part` in it?
template <class F>
bool fails_with(const std::string& part, F&& f) {
  std::string message = error_of(f);
  return !message.empty() && message.find(part) != std::string::npos;
}

using Numbers = std::vector<double>;

/// t's elements in row-major order, for BOOST_TEST(numbers(t) == (Numbers{1, 2}), per_element()).
inline Numbers numbers(const Tensor& t) { return t.to_vector<double>(); }

/// A file of the source tree, to read.
inline std::ifstream source_file(const std::string& path) {
  std::ifstream file(std::string(HANDGRAD_SOURCE_DIR) + "/" + path);
  if (!file) throw Error("source_file", "cannot read " + path);
  return file;
}

}  // namespace hg::test
