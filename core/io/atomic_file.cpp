#include "io/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "tensor/error.hpp"

namespace hg::io {
namespace {

// Do the open file and the name mean the same file?
bool is_called(int fd, const std::string& name) {
  struct stat opened {
  }, named{};
  return fstat(fd, &opened) == 0 && lstat(name.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

std::string folder_of(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

}  // namespace

void check_folder(const std::string& path) {
  const std::string folder = folder_of(path);
  struct stat status {};
  if (stat(folder.c_str(), &status) == 0 || errno != ENOENT) return;
  throw Error("write", path + ": there is no folder '" + folder + "'",
              "make it first: mkdir -p " + folder);
}

AtomicFile::AtomicFile(const std::string& path) : path_(path), folder_(folder_of(path)) {
  const std::string name = std::filesystem::path(path).filename().string();
  if (name.empty()) throw Error("write", "'" + path + "' is no file's name");
  check_folder(path);
  temporary_ = folder_ + "/." + name + ".writing";
  try {
    make_temporary();
  } catch (...) {
    if (fd_ >= 0) close(fd_);
    throw;
  }
}

// The new file belongs to the one who has locked it; a process that dies loses its lock.
// When the lock is ours at last, its former owner may have renamed or deleted the file
// that we opened, and there is another one to make.
void AtomicFile::make_temporary() {
  constexpr int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  while (true) {
    fd_ = open(temporary_.c_str(), flags, 0666);
    if (fd_ < 0) fail("make '" + temporary_ + "' beside it");
    while (flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
    if (is_called(fd_, temporary_)) break;
    close(fd_);
  }
  if (ftruncate(fd_, 0) != 0) fail("empty '" + temporary_ + "'");
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  unlink(temporary_.c_str());
  close(fd_);  // and with it the lock
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
  int folder = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder);  // the new name itself
    close(folder);
  }
}

void AtomicFile::fail(const std::string& doing) const {
  throw Error("write", path_ + ": cannot " + doing + ": " + std::strerror(errno));
}

}  // namespace hg::io
