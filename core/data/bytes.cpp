#include "data/bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#define ZLIB_CONST  // what is unpacked is not changed
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <new>

#include "tensor/error.hpp"

namespace hg::data {

// ---- a plain file -----------------------------------------------------------------------

File::File(std::string path, const char* operation)
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

File::File(std::span<const uint8_t> bytes, std::string name, const char* operation)
    : path_(std::move(name)), operation_(operation), bytes_(bytes), size_(bytes.size()) {}

File::~File() {
  if (fd_ >= 0) close(fd_);
}

size_t File::read(void* to, size_t bytes) {
  if (fd_ < 0) {
    bytes = size_t(std::min<uint64_t>(bytes, left()));
    if (bytes > 0) std::memcpy(to, bytes_.data() + position_, bytes);
    position_ += bytes;
    return bytes;
  }
  auto* next = static_cast<char*>(to);
  size_t got = 0;
  while (got < bytes) {
    const ssize_t n = ::read(fd_, next + got, bytes - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      fail("byte " + std::to_string(position_) +
           " cannot be read: " + std::strerror(errno));
    }
    if (n == 0) break;
    got += size_t(n);
    position_ += uint64_t(n);
  }
  return got;
}

bool File::begins_with(const std::string& bytes) const {
  if (fd_ < 0) {
    return bytes_.size() >= bytes.size() &&
           std::memcmp(bytes_.data(), bytes.data(), bytes.size()) == 0;
  }
  std::string found(bytes.size(), '\0');
  return pread(fd_, found.data(), found.size(), 0) == ssize_t(bytes.size()) &&
         found == bytes;
}

void File::fail(const std::string& problem, const std::string& hint) const {
  throw Error(operation_, path_ + ": " + problem, hint);
}

std::string read_file(const std::string& path, const char* operation) {
  File file(path, operation);
  std::string bytes(file.size(), '\0');
  const size_t got = file.read(bytes.data(), bytes.size());
  if (got < bytes.size()) {
    file.fail("byte " + std::to_string(got) + ": the file became shorter");
  }
  return bytes;
}

// ---- a file that may be packed ----------------------------------------------------------

// zlib's state, and what is read from the file but not unpacked yet.
struct ByteReader::Inflater {
  z_stream stream{};
  std::array<unsigned char, 1 << 16> input;
  bool finished = false;  // the last stream has ended, and the file with it

  Inflater() {
    // 15: the largest window; 16 more: with gzip's header and checksum.
    if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;

  void refill(File& file) {
    stream.next_in = input.data();
    stream.avail_in = uInt(file.read(input.data(), input.size()));
  }
};

ByteReader::ByteReader(const std::string& path, const char* operation)
    : file_(path, operation) {
  if (file_.begins_with("\x1f\x8b")) inflater_ = std::make_unique<Inflater>();
}

ByteReader::ByteReader(std::span<const uint8_t> bytes, const std::string& name,
                       const char* operation)
    : file_(bytes, name, operation) {
  if (file_.begins_with("\x1f\x8b")) inflater_ = std::make_unique<Inflater>();
}

ByteReader::~ByteReader() = default;

size_t ByteReader::read(void* to, size_t bytes) {
  const size_t got = inflater_ ? unpack(to, bytes) : file_.read(to, bytes);
  offset_ += got;
  return got;
}

std::string ByteReader::place() const {
  return "byte " + std::to_string(file_.position() - inflater_->stream.avail_in) +
         " of the packed file: ";
}

size_t ByteReader::unpack(void* to, size_t bytes) {
  z_stream& z = inflater_->stream;
  size_t got = 0;
  while (got < bytes && !inflater_->finished) {
    if (z.avail_in == 0) inflater_->refill(file_);
    const size_t most = std::min<size_t>(bytes - got, std::numeric_limits<uInt>::max());
    z.next_out = static_cast<Bytef*>(to) + got;
    z.avail_out = uInt(most);
    const int status = inflate(&z, Z_NO_FLUSH);
    got += most - z.avail_out;
    if (status == Z_STREAM_END) {
      end_stream();
    } else if (status == Z_BUF_ERROR) {
      fail(place() + "expected more gzip data, found the end", "was all of it copied?");
    } else if (status == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (status != Z_OK) {
      fail(place() + "corrupt gzip data" + (z.msg ? std::string(": ") + z.msg : ""));
    }
  }
  return got;
}

// After a gzip stream another one may follow (cat a.gz b.gz), or zeros that pad the file.
void ByteReader::end_stream() {
  z_stream& z = inflater_->stream;
  if (z.avail_in == 0) inflater_->refill(file_);
  if (z.avail_in > 0 && *z.next_in == 0x1f) {
    inflateReset(&z);
    return;
  }
  while (z.avail_in > 0) {
    if (*z.next_in != 0) fail(place() + "expected the end of the file, found more bytes");
    ++z.next_in;
    if (--z.avail_in == 0) inflater_->refill(file_);
  }
  inflater_->finished = true;
}

uint64_t ByteReader::most_left() const {
  const uint64_t best = inflater_ ? 1032 : 1;
  uint64_t most = 0;
  if (__builtin_mul_overflow(file_.size(), best, &most)) return UINT64_MAX;
  return most > offset_ ? most - offset_ : 0;
}

}  // namespace hg::data
