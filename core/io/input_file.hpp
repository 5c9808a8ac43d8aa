// A file that is read here and there, and whose contents nobody vouches for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "tensor/error.hpp"

namespace hg::io {

class InputFile {
 public:
  /// Opens a regular file. Its errors begin with the operation and the path.
  InputFile(std::string path, const char* operation);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  uint64_t size() const { return size_; }
  const std::string& path() const { return path_; }
  /// Copies the bytes from `offset` on. Throws unless all of them are there.
  void read_at(uint64_t offset, void* to, size_t bytes) const;
  /// The first bytes, fewer if the file is shorter.
  std::string beginning(size_t bytes) const;
  /// The whole file as memory, filled when it is first touched. Writing changes a private
  /// copy of the page, never the file. It lives as long as the pointer does.
  std::shared_ptr<char> map() const;

  Error error(const std::string& problem, const std::string& hint = {}) const {
    return Error(operation_, path_ + ": " + problem, hint);
  }
  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {}) const {
    throw error(problem, hint);
  }

 private:
  std::string path_;
  const char* operation_;
  int fd_ = -1;
  uint64_t size_ = 0;
};

}  // namespace hg::io
