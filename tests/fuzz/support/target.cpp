// What all fuzz targets share.
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/target.hpp"

namespace hg::fuzz {

void touch(const Tensor& t) {
  uint8_t all = 0;
  const auto* bytes = static_cast<const uint8_t*>(t.data());
  const size_t count = size_t(t.numel()) * size_of(t.dtype());
  for (size_t i = 0; i < count; ++i) all = uint8_t(all ^ bytes[i]);
  [[maybe_unused]] static volatile uint8_t kept;
  kept = all;
}

// A file that has no name and lies in memory; /proc gives it a path.
std::string file_with(std::string_view bytes) {
  static const int fd = memfd_create("fuzz", MFD_CLOEXEC);
  bool written = fd >= 0 && ftruncate(fd, 0) == 0;
  for (size_t at = 0; written && at < bytes.size();) {
    const ssize_t n = pwrite(fd, bytes.data() + at, bytes.size() - at, off_t(at));
    written = n > 0;
    at += size_t(n);
  }
  if (!written) throw std::runtime_error("no file can be made in memory");
  return "/proc/self/fd/" + std::to_string(fd);
}

}  // namespace hg::fuzz
