// Bytes out of files that nobody vouches for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace hg::data {

/// A file, read from front to back. Its errors name the operation, the file and the byte.
class File {
 public:
  File(std::string path, const char* operation);
  /// A file that is in memory already; errors call it `name`.
  File(std::span<const uint8_t> bytes, std::string name, const char* operation);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// The next `bytes` bytes, fewer only at the end. Returns how many there were.
  size_t read(void* to, size_t bytes);
  uint64_t size() const { return size_; }
  uint64_t position() const { return position_; }
  uint64_t left() const { return size_ > position_ ? size_ - position_ : 0; }
  bool begins_with(const std::string& bytes) const;

  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {}) const;

 private:
  std::string path_;
  const char* operation_;
  int fd_ = -1;  // none: the file is `bytes_`
  std::span<const uint8_t> bytes_;
  uint64_t size_ = 0, position_ = 0;
};

/// The whole of a file.
std::string read_file(const std::string& path, const char* operation);

/// Text as the bytes it is made of.
inline std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// A file that is unpacked while it is read, its checksum tested at the end, if it begins
/// as gzip files do, with the bytes 1f 8b. Other files are read as they are.
class ByteReader {
 public:
  ByteReader(const std::string& path, const char* operation);
  ByteReader(std::span<const uint8_t> bytes, const std::string& name,
             const char* operation);
  ~ByteReader();

  size_t read(void* to, size_t bytes);
  /// The place of the next byte, after unpacking.
  uint64_t offset() const { return offset_; }
  /// No more bytes than this can follow. A packed file has 1032 for each of its own at
  /// most: gzip's method can do no better.
  uint64_t most_left() const;

  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {}) const {
    file_.fail(problem, hint);
  }

 private:
  struct Inflater;
  size_t unpack(void* to, size_t bytes);
  void end_stream();
  std::string place() const;

  File file_;
  uint64_t offset_ = 0;
  std::unique_ptr<Inflater> inflater_;  // none: the file is not packed
};

}  // namespace hg::data
