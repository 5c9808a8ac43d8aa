#include "io/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "tensor/error.hpp"

namespace hg::io {

AtomicFile::AtomicFile(const std::string& path)
    : path_(path), temporary_(path + ".XXXXXX") {
  fd_ = mkostemp(temporary_.data(), O_CLOEXEC);
  if (fd_ < 0) fail("make a file beside it");
  // mkostemp makes the file private; it should be as readable as any other.
  mode_t mask = umask(0);
  umask(mask);
  fchmod(fd_, 0666 & ~mask);
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, size_t bytes) {
  auto* next = static_cast<const char*>(data);
  while (bytes > 0) {
    ssize_t written = ::write(fd_, next, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write it");
    next += written;
    bytes -= size_t(written);
  }
}

void AtomicFile::commit() {
  // The contents must be on the disk before the name is: else a crash could leave the new
  // name with nothing behind it.
  if (fsync(fd_) != 0) fail("bring it to the disk");
  if (rename(temporary_.c_str(), path_.c_str()) != 0)
    fail("rename the finished file to it");
  close(fd_);
  fd_ = -1;
  std::string folder = std::filesystem::path(path_).parent_path().string();
  int fd = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);  // the new name itself
    close(fd);
  }
}

void AtomicFile::fail(const std::string& doing) const {
  throw Error("write", path_ + ": cannot " + doing + ": " + std::strerror(errno));
}

}  // namespace hg::io
