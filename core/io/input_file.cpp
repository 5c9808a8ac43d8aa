#include "io/input_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hg::io {

InputFile::InputFile(std::string path, const char* operation)
    : path_(std::move(path)), operation_(operation) {
  // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
  fd_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) fail(std::string("cannot be opened: ") + std::strerror(errno));
  struct stat status {};
  if (fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(fd_);
    fail("it is not a regular file");
  }
  size_ = uint64_t(status.st_size);
}

InputFile::~InputFile() { close(fd_); }

void InputFile::read_at(uint64_t offset, void* to, size_t bytes) const {
  auto* next = static_cast<char*>(to);
  while (bytes > 0) {
    const ssize_t n = pread(fd_, next, bytes, off_t(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      fail("byte " + std::to_string(offset) + " cannot be read: " +
           (n < 0 ? std::strerror(errno) : "the file ends before it"));
    }
    next += n;
    offset += uint64_t(n);
    bytes -= size_t(n);
  }
}

std::string InputFile::beginning(size_t bytes) const {
  std::string text(size_t(std::min<uint64_t>(bytes, size_)), '\0');
  read_at(0, text.data(), text.size());
  return text;
}

std::shared_ptr<char> InputFile::map() const {
  const size_t bytes = size_t(size_);
  // MAP_PRIVATE: what is written stays in this process.
  void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd_, 0);
  if (start == MAP_FAILED) {
    fail(std::string("cannot be mapped into memory: ") + std::strerror(errno));
  }
  return {static_cast<char*>(start), [bytes](char* p) { munmap(p, bytes); }};
}

}  // namespace hg::io
