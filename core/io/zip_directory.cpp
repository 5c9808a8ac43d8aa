// The directory of a zip archive, and whether it can be true.
#include <algorithm>
#include <optional>
#include <set>

#include "io/zip.hpp"

namespace hg::io {
namespace {

constexpr uint32_t local_mark = 0x04034b50, entry_mark = 0x02014b50, end_mark = 0x06054b50,
                   end64_mark = 0x06064b50, locator64_mark = 0x07064b50;
constexpr size_t local_size = 30, entry_size = 46, end_size = 22, end64_size = 56,
                 locator64_size = 20;
constexpr uint16_t full16 = 0xffff;  // the number stands in a zip64 field
constexpr uint32_t full32 = 0xffffffff;

// Little-endian numbers, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  T next() {
    T n = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      n |= T(T((unsigned char)bytes_[at_ + i]) << (8 * i));
    }
    at_ += sizeof(T);
    return n;
  }
  void skip(size_t bytes) { at_ += bytes; }
  std::string_view take(size_t bytes) {
    at_ += bytes;
    return bytes_.substr(at_ - bytes, bytes);
  }
  size_t left() const { return bytes_.size() - at_; }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

std::string place(uint64_t offset) { return "byte " + std::to_string(offset) + ": "; }

class DirectoryReader {
 public:
  explicit DirectoryReader(const InputFile& file) : file_(file) {}

  std::vector<ZipEntry> read() {
    find_end();
    if (size_ > limit_ || offset_ > limit_ - size_) {
      file_.fail("the archive's directory, " + std::to_string(size_) + " bytes from byte " +
                 std::to_string(offset_) + ", lies outside the file");
    }
    const std::string bytes = text(offset_, size_t(size_));
    Fields fields(bytes);
    while (fields.left() > 0) entries_.push_back(read_entry(fields));
    if (entries_.size() != count_) {
      file_.fail("the archive's directory has " + std::to_string(entries_.size()) +
                 " members, its end says " + std::to_string(count_));
    }
    for (ZipEntry& entry : entries_) find_data(entry);
    check_layout();
    return std::move(entries_);
  }

 private:
  std::string text(uint64_t offset, size_t bytes) const {
    std::string t(bytes, '\0');
    file_.read_at(offset, t.data(), bytes);
    return t;
  }

  // The end is the last thing in the file but for a comment of up to 65,535 bytes, whose
  // length it tells.
  void find_end() {
    const uint64_t longest = std::min<uint64_t>(file_.size(), end_size + full16);
    const uint64_t start = file_.size() - longest;
    const std::string tail = text(start, size_t(longest));
    for (size_t i = tail.size() < end_size ? 0 : tail.size() - end_size + 1; i-- > 0;) {
      Fields fields(std::string_view(tail).substr(i));
      if (fields.next<uint32_t>() != end_mark) continue;
      const auto disk = fields.next<uint16_t>(), first_disk = fields.next<uint16_t>();
      const auto here = fields.next<uint16_t>();
      count_ = fields.next<uint16_t>();
      size_ = fields.next<uint32_t>();
      offset_ = fields.next<uint32_t>();
      if (fields.next<uint16_t>() != fields.left()) continue;
      if (disk != 0 || first_disk != 0 || here != count_) {
        file_.fail(place(start + i) + "the archive is one of several parts");
      }
      limit_ = start + i;
      if (count_ == full16 || size_ == full32 || offset_ == full32) read_end64();
      return;
    }
    file_.fail("no end of a zip archive is found in it",
               "is it a .npz file, and was all of it copied?");
  }

  // The same with 64 bits. Where it is stands just before the short end.
  void read_end64() {
    if (limit_ < locator64_size) return;
    const std::string locator = text(limit_ - locator64_size, locator64_size);
    Fields where(locator);
    if (where.next<uint32_t>() != locator64_mark) return;  // the short numbers were meant
    where.skip(4);
    const auto at = where.next<uint64_t>();
    if (limit_ < end64_size + locator64_size || at > limit_ - end64_size - locator64_size) {
      file_.fail(place(limit_ - locator64_size) + "the zip64 end at byte " +
                 std::to_string(at) + " lies outside the file");
    }
    const std::string end = text(at, end64_size);
    Fields fields(end);
    if (fields.next<uint32_t>() != end64_mark) file_.fail(place(at) + "no zip64 end here");
    fields.skip(8 + 2 + 2 + 4 + 4 + 8);  // its size, versions, disks, members on this disk
    count_ = fields.next<uint64_t>();
    size_ = fields.next<uint64_t>();
    offset_ = fields.next<uint64_t>();
    limit_ = at;
  }

  ZipEntry read_entry(Fields& fields) const {
    const uint64_t at = offset_ + size_ - fields.left();
    if (fields.left() < entry_size || fields.next<uint32_t>() != entry_mark) {
      file_.fail(place(at) + "no entry of the archive's directory here");
    }
    ZipEntry entry;
    fields.skip(2 + 2);  // versions
    const auto flags = fields.next<uint16_t>(), method = fields.next<uint16_t>();
    fields.skip(2 + 2);  // time and date
    entry.crc = fields.next<uint32_t>();
    entry.packed = fields.next<uint32_t>();
    entry.unpacked = fields.next<uint32_t>();
    const auto name = fields.next<uint16_t>(), extra = fields.next<uint16_t>(),
               comment = fields.next<uint16_t>();
    fields.skip(2 + 2 + 4);  // disk, attributes
    entry.header = fields.next<uint32_t>();
    if (fields.left() < size_t(name) + extra + comment) {
      file_.fail(place(at) + "the entry ends behind the archive's directory");
    }
    entry.name = fields.take(name);
    read_extra(fields.take(extra), entry);
    fields.skip(comment);
    const std::string member = place(at) + "the member '" + entry.name + "' ";
    if (flags & 1) file_.fail(member + "is encrypted");
    if (method != 0 && method != 8) {
      file_.fail(member + "is packed by method " + std::to_string(method) +
                 "; handgrad reads 0, stored, and 8, deflated");
    }
    entry.deflated = method == 8;
    // Deflate's best is a match of 258 bytes in two bits.
    if (entry.deflated ? entry.unpacked / 1032 > entry.packed
                       : entry.unpacked != entry.packed) {
      file_.fail(member + "claims to unpack from " + std::to_string(entry.packed) + " to " +
                 std::to_string(entry.unpacked) + " bytes, which cannot be");
    }
    return entry;
  }

  // Extra fields: a number, a length, contents. Number 1 has the numbers of 64 bits, those
  // only for which the entry has no room.
  static void read_extra(std::string_view extra, ZipEntry& entry) {
    Fields all(extra);
    while (all.left() >= 4) {
      const auto id = all.next<uint16_t>(), length = all.next<uint16_t>();
      if (length > all.left()) return;
      Fields fields(all.take(length));
      if (id != 1) continue;
      for (uint64_t* number : {&entry.unpacked, &entry.packed, &entry.header}) {
        if (*number == full32 && fields.left() >= 8) *number = fields.next<uint64_t>();
      }
    }
  }

  // The local header repeats the name; behind it come the bytes.
  void find_data(ZipEntry& entry) const {
    const std::string member = "the member '" + entry.name + "' ";
    if (entry.header > offset_ || offset_ - entry.header < local_size) {
      file_.fail(place(entry.header) + member + "lies outside the archive");
    }
    const std::string header = text(entry.header, local_size);
    Fields fields(header);
    if (fields.next<uint32_t>() != local_mark) {
      file_.fail(place(entry.header) + member + "is not there");
    }
    fields.skip(22);  // what the directory says too, but for what was not known yet
    const auto name = fields.next<uint16_t>(), extra = fields.next<uint16_t>();
    entry.data = entry.header + local_size + name + extra;
    if (entry.data > offset_ || entry.packed > offset_ - entry.data) {
      file_.fail(place(entry.header) + member + "has " + std::to_string(entry.packed) +
                 " bytes, more than there are");
    }
    if (text(entry.header + local_size, name) != entry.name) {
      file_.fail(place(entry.header) + member + "has another name here");
    }
  }

  void check_layout() const {
    std::vector<const ZipEntry*> sorted;
    std::set<std::string_view> names;
    for (const ZipEntry& e : entries_) {
      sorted.push_back(&e);
      if (!names.insert(e.name).second) {
        file_.fail("there are two members called '" + e.name + "'");
      }
    }
    std::sort(sorted.begin(), sorted.end(),
              [](auto* a, auto* b) { return a->header < b->header; });
    for (size_t i = 1; i < sorted.size(); ++i) {
      if (sorted[i - 1]->data + sorted[i - 1]->packed > sorted[i]->header) {
        file_.fail("the members '" + sorted[i - 1]->name + "' and '" + sorted[i]->name +
                   "' overlap");
      }
    }
  }

  const InputFile& file_;
  uint64_t count_ = 0, size_ = 0, offset_ = 0;  // of the directory
  uint64_t limit_ = 0;                          // where the directory ends at the latest
  std::vector<ZipEntry> entries_;
};

}  // namespace

ZipFile::ZipFile(const std::string& path, const char* operation)
    : file_(path, operation), entries_(DirectoryReader(file_).read()) {}

std::unique_ptr<ZipMember> ZipFile::open(const ZipEntry& entry) const {
  return std::make_unique<ZipMember>(file_, entry);
}

}  // namespace hg::io
