#include "data/idx.hpp"

#define ZLIB_CONST  // what is packed is not changed
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <vector>

#include "data/bytes.hpp"
#include "io/atomic_file.hpp"

namespace hg::data {
namespace {

constexpr struct {
  uint8_t code;
  DType type;
} codes[] = {{0x08, u8}, {0x09, i8}, {0x0b, i16}, {0x0c, i32}, {0x0d, f32}, {0x0e, f64}};

std::string hex(unsigned byte) {
  const char* digits = "0123456789abcdef";
  return {digits[byte >> 4 & 15], digits[byte & 15]};
}

std::string at(uint64_t offset) { return "offset " + std::to_string(offset) + ": "; }

// Elements of several bytes are turned round where the machine keeps the lowest first.
void swap_bytes(void* data, size_t count, size_t bytes) {
  if (bytes == 1 || std::endian::native == std::endian::big) return;
  auto* element = static_cast<char*>(data);
  for (size_t i = 0; i < count; ++i, element += bytes)
    std::reverse(element, element + bytes);
}

DType read_type(const ByteReader& file, uint8_t code) {
  for (auto& c : codes) {
    if (c.code == code) return c.type;
  }
  file.fail(at(2) + "expected an element type (08, 09, 0b, 0c, 0d or 0e), found " +
            hex(code));
}

struct Header {
  DType type;
  Shape shape;
};

Header read_header(ByteReader& file) {
  std::array<uint8_t, 4> magic{};
  const size_t got = file.read(magic.data(), 4);
  if (got < 4) {
    file.fail(at(0) + "expected a header of 4 bytes, found " + std::to_string(got));
  }
  if (magic[0] != 0 || magic[1] != 0) {
    file.fail(at(0) + "expected 00 00, found " + hex(magic[0]) + " " + hex(magic[1]),
              "is it an IDX file?");
  }
  Header header{read_type(file, magic[2]), {}};
  const int axes = magic[3];
  if (axes > max_rank) {
    file.fail(at(3) + "expected at most " + std::to_string(max_rank) + " axes, found " +
              std::to_string(axes));
  }
  for (int i = 0; i < axes; ++i) {
    std::array<uint8_t, 4> size{};
    const uint64_t offset = file.offset();
    if (file.read(size.data(), 4) < 4) {
      file.fail(at(offset) + "expected the size of axis " + std::to_string(i) + " of " +
                std::to_string(axes) + ", found the end");
    }
    header.shape.push_back(int64_t{size[0]} << 24 | size[1] << 16 | size[2] << 8 | size[3]);
  }
  return header;
}

// The bytes that the elements take, checked before memory for them is.
size_t data_bytes(const ByteReader& file, const Header& header) {
  const std::string what =
      std::string(name(header.type)) + " of shape " + header.shape.to_string();
  const bool none =
      std::find(header.shape.begin(), header.shape.end(), 0) != header.shape.end();
  uint64_t bytes = none ? 0 : size_of(header.type);
  bool overflow = false;
  for (const int64_t size : header.shape) {
    overflow |= __builtin_mul_overflow(bytes, uint64_t(size), &bytes);
  }
  if (overflow) {
    file.fail(at(4) + what + " has more bytes than 64 bits can count");
  }
  if (bytes > file.most_left()) {
    file.fail(at(file.offset()) + "expected " + std::to_string(bytes) + " bytes, " + what +
                  ", found at most " + std::to_string(file.most_left()),
              "was all of the file copied?");
  }
  return bytes;
}

Tensor read(ByteReader& file) {
  const Header header = read_header(file);
  const size_t bytes = data_bytes(file, header);
  const uint64_t start = file.offset();
  Tensor t = empty(header.shape, header.type);
  const size_t got = file.read(t.data(), bytes);
  if (got < bytes) {
    file.fail(at(start) + "expected " + std::to_string(bytes) + " bytes, " +
                  name(header.type) + " of shape " + header.shape.to_string() + ", found " +
                  std::to_string(got),
              "was all of the file copied?");
  }
  uint8_t beyond = 0;
  if (file.read(&beyond, 1) == 1) {
    file.fail(at(start + bytes) + "expected the end of " + name(header.type) +
              " of shape " + header.shape.to_string() + ", found more bytes");
  }
  swap_bytes(t.data(), size_t(t.numel()), size_of(header.type));
  return t;
}

}  // namespace

Tensor read_idx(const std::string& path) {
  ByteReader file(path, "read_idx");
  return read(file);
}

Tensor parse_idx(std::span<const uint8_t> bytes, const std::string& name) {
  ByteReader file(bytes, name, "read_idx");
  return read(file);
}

// ---- writing ----------------------------------------------------------------------------

namespace {

// All of `bytes` as one gzip stream. Level 6 is gzip's own default. The header has no time
// in it, so equal bytes make equal files.
std::string packed(const std::string& bytes) {
  z_stream z{};
  if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string result;
  std::vector<char> block(1 << 18);
  size_t taken = 0;
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    // z counts in 32 bits: at most a gigabyte at a time.
    const size_t step = std::min<size_t>(bytes.size() - taken, 1 << 30);
    z.next_in = reinterpret_cast<const Bytef*>(bytes.data() + taken);
    z.avail_in = uInt(step);
    z.next_out = reinterpret_cast<Bytef*>(block.data());
    z.avail_out = uInt(block.size());
    status = deflate(&z, taken + step == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    taken += step - z.avail_in;
    result.append(block.data(), block.size() - z.avail_out);
  }
  deflateEnd(&z);
  return result;
}

}  // namespace

void write_idx(const std::string& path, const Tensor& t) {
  const auto* entry = std::find_if(std::begin(codes), std::end(codes),
                                   [&](auto& c) { return c.type == t.dtype(); });
  if (entry == std::end(codes)) {
    throw Error("write_idx", path + ": IDX has no type for " + name(t.dtype()),
                "it has u8, i8, i16, i32, f32 and f64");
  }
  std::string bytes{0, 0, char(entry->code), char(t.dim())};
  for (const int64_t size : t.shape()) {
    if (size > int64_t{UINT32_MAX}) {
      throw Error("write_idx", path + ": a size of " + std::to_string(size) +
                                   " does not fit in the 32 bits that IDX has for it");
    }
    for (const int shift : {24, 16, 8, 0}) bytes += char(size >> shift);
  }
  const Tensor elements = t.detach().to("cpu").contiguous();
  const size_t header = bytes.size(), width = size_of(t.dtype());
  bytes.resize(header + size_t(t.numel()) * width);
  if (t.numel() > 0) std::memcpy(&bytes[header], elements.data(), bytes.size() - header);
  swap_bytes(&bytes[header], size_t(t.numel()), width);

  if (path.ends_with(".gz")) bytes = packed(bytes);
  io::AtomicFile file(path);
  file.write(bytes.data(), bytes.size());
  file.commit();
}

}  // namespace hg::data
