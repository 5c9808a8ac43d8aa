// Zip archives, as far as .npz files need them.
//
//     for each member:  a local header with its name; its bytes, stored or deflated
//     the directory:    for each member its name, sizes, checksum and place
//     the end:          where the directory is
//
// A reader begins at the end. Sizes stand in both headers; those of the directory count,
// as a writer that streams knows them only then. Fields of 64 bits (zip64) are read, but
// not written: archives made here end at 4 GiB.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

#include "io/atomic_file.hpp"
#include "io/input_file.hpp"
#include "io/source.hpp"

namespace hg::io {

struct ZipEntry {
  std::string name;
  bool deflated = false;
  uint32_t crc = 0;       // CRC-32 of the unpacked bytes
  uint64_t packed = 0;    // bytes in the archive
  uint64_t unpacked = 0;  // bytes of the member
  uint64_t header = 0;    // where its local header begins
  uint64_t data = 0;      // where its bytes begin
};

class ZipMember;

class ZipFile {
 public:
  /// Reads and checks the directory: every member lies in the file and on no other one,
  /// and none claims to unpack to more than deflating can pack.
  ZipFile(const std::string& path, const char* operation);

  /// In the order of the directory.
  const std::vector<ZipEntry>& entries() const { return entries_; }
  std::unique_ptr<ZipMember> open(const ZipEntry& entry) const;
  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {}) const {
    file_.fail(problem, hint);
  }

 private:
  InputFile file_;
  std::vector<ZipEntry> entries_;
};

/// A member's bytes, unpacked while they are read.
class ZipMember : public Source {
 public:
  ZipMember(const InputFile& file, const ZipEntry& entry);
  ~ZipMember() override;

  uint64_t size() const override { return entry_.unpacked; }
  void read(void* to, size_t bytes) override;
  /// After the last byte: throws unless the packed bytes end there too, and the checksum is
  /// right.
  void finish();
  Error error(const std::string& problem, const std::string& hint) const override;

 private:
  struct Inflater;
  void refill();

  const InputFile& file_;
  const ZipEntry entry_;
  uint64_t taken_ = 0;  // of the packed bytes
  uint64_t given_ = 0;  // of the unpacked ones
  uint32_t crc_ = 0;
  std::unique_ptr<Inflater> inflater_;  // none: the member is stored
};

class ZipWriter {
 public:
  ZipWriter(const std::string& path, const char* operation)
      : file_(path), path_(path), operation_(operation) {}

  /// A member of the parts one after the other.
  void add(const std::string& name, std::initializer_list<std::string_view> parts,
           bool deflate);
  /// Writes the directory and gives the file its name.
  void commit();

 private:
  void write(std::string_view bytes);

  AtomicFile file_;
  std::string path_;
  const char* operation_;
  std::string directory_;
  uint64_t at_ = 0, count_ = 0;
};

}  // namespace hg::io
