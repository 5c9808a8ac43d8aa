// Bytes that come one after the other, of which one knows how many there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tensor/error.hpp"

namespace hg::io {

class Source {
 public:
  virtual ~Source() = default;

  /// All bytes there are, as the source itself says.
  virtual uint64_t size() const = 0;
  /// The next `bytes` bytes. Throws unless all of them are there.
  virtual void read(void* to, size_t bytes) = 0;
  /// What to throw: it names the operation and where the bytes come from.
  virtual Error error(const std::string& problem, const std::string& hint) const = 0;
  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {}) const {
    throw error(problem, hint);
  }
};

}  // namespace hg::io
