// Replacing a file so that, whenever the process or the machine stops, either the old
// contents or the new ones are there, whole.
#pragma once

#include <cstddef>
#include <string>

namespace hg::io {

/// Writes go to a new file in the same folder. commit() brings it to the disk and gives it
/// the name; without commit() it is deleted.
///
///     AtomicFile file("weights.safetensors");
///     file.write(data, bytes);
///     file.commit();
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;

  void write(const void* data, size_t bytes);
  void commit();

 private:
  [[noreturn]] void fail(const std::string& doing) const;
  std::string path_, temporary_;
  int fd_ = -1;
};

}  // namespace hg::io
