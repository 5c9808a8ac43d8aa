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
///
/// The new file is called ".weights.safetensors.writing". A process that is killed leaves
/// it behind; the next one that writes to the same name uses it up. While one process
/// writes, others that want the same name wait for it.
class AtomicFile {
 public:
  /// Throws if the folder does not exist or no file can be made in it.
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;

  void write(const void* data, size_t bytes);
  void commit();

 private:
  [[noreturn]] void fail(const std::string& doing) const;
  void make_temporary();
  std::string path_, folder_, temporary_;
  int fd_ = -1;
};

/// Throws if the folder in which `path` shall be does not exist.
void check_folder(const std::string& path);

}  // namespace hg::io
