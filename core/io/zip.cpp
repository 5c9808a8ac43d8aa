// The members of a zip archive: unpacking and packing.
#include "io/zip.hpp"

#define ZLIB_CONST  // what is packed or unpacked is not changed
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include "tensor/error.hpp"

namespace hg::io {
namespace {

constexpr int raw_deflate = -15;  // the largest window, no header around it
constexpr size_t largest_step = std::numeric_limits<uInt>::max();  // zlib's counters

uint32_t crc_of(uint32_t crc, const void* data, size_t bytes) {
  return uint32_t(crc32_z(crc, static_cast<const Bytef*>(data), bytes));
}

}  // namespace

// ---- reading ----------------------------------------------------------------------------

struct ZipMember::Inflater {
  z_stream stream{};
  std::array<unsigned char, 1 << 16> input;

  Inflater() {
    if (inflateInit2(&stream, raw_deflate) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
};

ZipMember::ZipMember(const InputFile& file, const ZipEntry& entry)
    : file_(file), entry_(entry) {
  if (entry.deflated) inflater_ = std::make_unique<Inflater>();
}

ZipMember::~ZipMember() = default;

void ZipMember::refill() {
  const uint64_t left = entry_.packed - taken_;
  if (left == 0) fail("its packed bytes end too early");
  const size_t step = size_t(std::min<uint64_t>(left, inflater_->input.size()));
  file_.read_at(entry_.data + taken_, inflater_->input.data(), step);
  taken_ += step;
  inflater_->stream.next_in = inflater_->input.data();
  inflater_->stream.avail_in = uInt(step);
}

void ZipMember::read(void* to, size_t bytes) {
  if (bytes > entry_.unpacked - given_) {
    fail("byte " + std::to_string(given_) + ": expected " + std::to_string(bytes) +
         " more bytes, found " + std::to_string(entry_.unpacked - given_));
  }
  if (!inflater_) {
    file_.read_at(entry_.data + given_, to, bytes);
  } else {
    z_stream& z = inflater_->stream;
    size_t got = 0;
    while (got < bytes) {
      if (z.avail_in == 0) refill();
      const size_t step = std::min(bytes - got, largest_step);
      z.next_out = static_cast<Bytef*>(to) + got;
      z.avail_out = uInt(step);
      const int status = inflate(&z, Z_NO_FLUSH);
      got += step - z.avail_out;
      if (status == Z_MEM_ERROR) throw std::bad_alloc();
      if (status == Z_STREAM_END && got < bytes)
        fail("it unpacks to fewer bytes than it says");
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
        fail(std::string("corrupt deflated data") + (z.msg ? ": " : "") +
             (z.msg ? z.msg : ""));
      }
    }
  }
  given_ += bytes;
  crc_ = crc_of(crc_, to, bytes);
}

void ZipMember::finish() {
  if (given_ != entry_.unpacked) fail("more bytes than its contents need");
  if (inflater_) {
    z_stream& z = inflater_->stream;
    int status = Z_OK;
    unsigned char beyond = 0;
    while (status == Z_OK) {
      if (z.avail_in == 0 && taken_ < entry_.packed) refill();
      z.next_out = &beyond;
      z.avail_out = 1;
      status = inflate(&z, Z_NO_FLUSH);
      if (z.avail_out == 0) fail("it unpacks to more bytes than it says");
    }
    if (status != Z_STREAM_END || z.avail_in > 0 || taken_ < entry_.packed) {
      fail("its packed bytes do not end where they should");
    }
  }
  if (crc_ != entry_.crc) fail("its checksum is wrong: the file is damaged");
}

Error ZipMember::error(const std::string& problem, const std::string& hint) const {
  return file_.error("member '" + entry_.name + "': " + problem, hint);
}

// ---- writing ----------------------------------------------------------------------------

namespace {

template <class T>
std::string number(T n) {
  std::string text;
  for (size_t i = 0; i < sizeof(T); ++i) text += char(n >> (8 * i) & 255);
  return text;
}

std::string deflated(std::initializer_list<std::string_view> parts) {
  z_stream z{};
  if (deflateInit2(&z, 6, Z_DEFLATED, raw_deflate, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string result;
  std::array<unsigned char, 1 << 16> block;
  auto feed = [&](std::string_view bytes, int flush) {
    z.next_in = reinterpret_cast<const Bytef*>(bytes.data());
    z.avail_in = uInt(bytes.size());
    do {
      z.next_out = block.data();
      z.avail_out = uInt(block.size());
      deflate(&z, flush);
      result.append(reinterpret_cast<char*>(block.data()), block.size() - z.avail_out);
    } while (z.avail_out == 0);
  };
  for (std::string_view part : parts) {
    for (; !part.empty(); part.remove_prefix(std::min(part.size(), largest_step))) {
      feed(part.substr(0, largest_step), Z_NO_FLUSH);
    }
  }
  feed({}, Z_FINISH);
  deflateEnd(&z);
  return result;
}

}  // namespace

void ZipWriter::write(std::string_view bytes) {
  file_.write(bytes.data(), bytes.size());
  at_ += bytes.size();
}

void ZipWriter::add(const std::string& name, std::initializer_list<std::string_view> parts,
                    bool deflate) {
  uint64_t unpacked = 0;
  uint32_t crc = 0;
  for (const std::string_view part : parts) {
    unpacked += part.size();
    crc = crc_of(crc, part.data(), part.size());
  }
  const std::string small = deflate ? deflated(parts) : std::string();
  const uint64_t packed = deflate ? small.size() : unpacked;
  if (name.size() > 0xffff || unpacked >= 0xffffffff || packed >= 0xffffffff - at_ ||
      count_ == 0xfffe) {
    throw Error(operation_,
                path_ + ": with '" + name +
                    "' it would be larger than a zip archive can be (4 GiB)",
                "the safetensors format has no such limit");
  }
  // Name in UTF-8; made on 1 January 1980, so that equal contents make equal files.
  const std::string fields = number(uint16_t(20)) + number(uint16_t(1 << 11)) +
                             number(uint16_t(deflate ? 8 : 0)) + number(uint16_t(0)) +
                             number(uint16_t(1 << 5 | 1)) + number(crc) +
                             number(uint32_t(packed)) + number(uint32_t(unpacked)) +
                             number(uint16_t(name.size())) + number(uint16_t(0));
  directory_ += "PK\1\2" + number(uint16_t(20)) + fields + std::string(10, '\0') +
                number(uint32_t(at_)) + name;
  ++count_;
  write("PK\3\4" + fields + name);
  if (deflate) {
    write(small);
  } else {
    for (const std::string_view part : parts) write(part);
  }
}

void ZipWriter::commit() {
  const uint64_t start = at_;
  write(directory_);
  write("PK\5\6" + std::string(4, '\0') + number(uint16_t(count_)) +
        number(uint16_t(count_)) + number(uint32_t(directory_.size())) +
        number(uint32_t(start)) + std::string(2, '\0'));
  file_.commit();
}

}  // namespace hg::io
