// IDX files: what comes back, and what a damaged file is told.
#define BOOST_TEST_MODULE data_idx
#include "data/idx.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/check.hpp"
#include "support/folder.hpp"

using namespace hg;
using namespace hg::data;
using hg::test::error_of;
using hg::test::Numbers;
using hg::test::numbers;
namespace fs = std::filesystem;
namespace tt = boost::test_tools;

namespace {

const hg::test::Folder folder;

using Bytes = std::vector<int>;

std::string text(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

std::string file_with(const std::string& bytes) {
  const std::string path = folder / "made.idx";
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// One gzip stream, made by zlib itself.
std::string gzip(const std::string& bytes) {
  std::string packed(bytes.size() + 1000, '\0');
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  z.next_in = reinterpret_cast<const Bytef*>(bytes.data());
  z.avail_in = uInt(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = uInt(packed.size());
  deflate(&z, Z_FINISH);
  packed.resize(packed.size() - z.avail_out);
  deflateEnd(&z);
  return packed;
}

// What reading such a file complains of, without the beginning that is always the same.
std::string complaint(const std::string& bytes) {
  const std::string path = file_with(bytes);
  const std::string message = error_of([&] { read_idx(path); });
  const std::string start = "read_idx: " + path + ": ";
  return message.starts_with(start) ? message.substr(start.size()) : message;
}

// Six bytes in two rows of three.
const std::string small = text({0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255});

}  // namespace

BOOST_AUTO_TEST_CASE(bytes_in_rows) {
  for (const std::string& file : {small, gzip(small)}) {
    const Tensor t = read_idx(file_with(file));
    BOOST_TEST((t.shape() == Shape{2, 3} && t.dtype() == u8));
    BOOST_TEST(numbers(t) == (Numbers{1, 2, 3, 4, 5, 255}), tt::per_element());
  }
}

// -2 is ff fe and 258 is 01 02; 1.5f is 3f c0 00 00; the double -2 is c0 and seven zeros.
BOOST_AUTO_TEST_CASE(every_type_has_its_highest_byte_first) {
  const auto read = [](const Bytes& bytes) { return read_idx(file_with(text(bytes))); };
  const Tensor bytes = read({0, 0, 9, 1, 0, 0, 0, 2, 0xff, 7});
  BOOST_TEST((bytes.dtype() == i8 && numbers(bytes) == Numbers{-1, 7}));
  const Tensor shorts = read({0, 0, 0x0b, 1, 0, 0, 0, 2, 0xff, 0xfe, 1, 2});
  BOOST_TEST((shorts.dtype() == i16 && numbers(shorts) == Numbers{-2, 258}));
  const Tensor ints = read({0, 0, 0x0c, 1, 0, 0, 0, 1, 0, 1, 0, 2});
  BOOST_TEST((ints.dtype() == i32 && numbers(ints) == Numbers{65538}));
  const Tensor floats = read({0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0});
  BOOST_TEST((floats.dtype() == f32 && numbers(floats) == Numbers{1.5}));
  const Tensor doubles = read({0, 0, 0x0e, 1, 0, 0, 0, 1, 0xc0, 0, 0, 0, 0, 0, 0, 0});
  BOOST_TEST((doubles.dtype() == f64 && numbers(doubles) == Numbers{-2}));
}

BOOST_AUTO_TEST_CASE(no_axes_and_no_elements) {
  const Tensor one = read_idx(file_with(text({0, 0, 8, 0, 42})));
  BOOST_TEST((one.dim() == 0 && one.item() == 42));
  const Tensor none = read_idx(file_with(text({0, 0, 8, 2, 0, 0, 0, 0, 0xff, 0, 0, 0})));
  BOOST_TEST((none.shape() == Shape{0, 0xff000000}));
}

BOOST_AUTO_TEST_CASE(gzip_streams_in_a_row_and_padding) {
  const std::string half = gzip(small.substr(0, 10)) + gzip(small.substr(10));
  BOOST_TEST((read_idx(file_with(half)).shape() == Shape{2, 3}));
  BOOST_TEST((read_idx(file_with(half + std::string(700, '\0'))).shape() == Shape{2, 3}));
}

BOOST_AUTO_TEST_CASE(what_is_written_reads_back) {
  const Tensor square = arange(12).reshape({3, 4});
  for (const char* name : {"a.idx", "a.idx.gz"}) {
    const std::string path = folder / name;
    for (const DType type : {u8, i8, i16, i32, f32, f64}) {
      const Tensor t = (square * 9).to(type).t();  // a view, not in memory order
      write_idx(path, t);
      const Tensor back = read_idx(path);
      BOOST_TEST((back.dtype() == type && back.equal(t)), hg::name(type));
    }
    write_idx(path, zeros({2, 0}));
    BOOST_TEST((read_idx(path).shape() == Shape{2, 0}));
  }
  BOOST_TEST(contents(folder / "a.idx.gz").starts_with("\x1f\x8b"));
  write_idx(folder / "b.idx", tensor({{1, 2, 3}, {4, 5, 255}}, u8));
  BOOST_TEST(contents(folder / "b.idx") == small);
}

BOOST_AUTO_TEST_CASE(what_idx_cannot_hold) {
  const std::string path = folder / "c.idx";
  BOOST_TEST(error_of([&] {
               write_idx(path, tensor({1, 2}));
             }) == "write_idx: " + path +
                       ": IDX has no type for i64\n"
                       "  hint: it has u8, i8, i16, i32, f32 and f64");
  BOOST_TEST(error_of([&] {
               write_idx(path, empty({0, int64_t{1} << 32}));
             }) == "write_idx: " + path +
                       ": a size of 4294967296 does not fit in the 32 bits "
                       "that IDX has for it");
  BOOST_TEST(!fs::exists(path));
}

// ---- what is wrong with a file ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_wrong_beginning) {
  BOOST_TEST(complaint("\x89PNG\r\n") ==
             "offset 0: expected 00 00, found 89 50\n  hint: is it an IDX file?");
  BOOST_TEST(complaint("") == "offset 0: expected a header of 4 bytes, found 0");
  BOOST_TEST(complaint(std::string(3, '\0')) ==
             "offset 0: expected a header of 4 bytes, found 3");
  BOOST_TEST(complaint(text({0, 0, 0x0a, 1, 0, 0, 0, 1, 7})) ==
             "offset 2: expected an element type (08, 09, 0b, 0c, 0d or 0e), found 0a");
  BOOST_TEST(complaint(text({0, 0, 8, 9})) == "offset 3: expected at most 8 axes, found 9");
  BOOST_TEST(complaint(text({0, 0, 8, 2, 0, 0, 0, 2, 0, 0})) ==
             "offset 8: expected the size of axis 1 of 2, found the end");
}

BOOST_AUTO_TEST_CASE(too_short_and_too_long) {
  BOOST_TEST(complaint(small.substr(0, 15)) ==
             "offset 12: expected 6 bytes, u8 of shape (2,3), found at most 3\n"
             "  hint: was all of the file copied?");
  BOOST_TEST(complaint(small + "x") ==
             "offset 18: expected the end of u8 of shape (2,3), found more bytes");
  // In a packed file only the end of the data shows that there was too little.
  BOOST_TEST(complaint(gzip(small.substr(0, 15))) ==
             "offset 12: expected 6 bytes, u8 of shape (2,3), found 3\n"
             "  hint: was all of the file copied?");
  BOOST_TEST(complaint(gzip(small + "x")) ==
             "offset 18: expected the end of u8 of shape (2,3), found more bytes");
}

// A header may promise anything: no memory is taken for what the file cannot hold.
BOOST_AUTO_TEST_CASE(sizes_that_cannot_be_true) {
  const std::string huge = text({0, 0, 14, 2, 0, 1, 0, 0, 0, 1, 0, 0, 1, 2});
  BOOST_TEST(complaint(huge) ==
             "offset 12: expected 34359738368 bytes, f64 of shape (65536,65536), found at "
             "most 2\n  hint: was all of the file copied?");
  const std::string packed = gzip(huge);
  BOOST_TEST(complaint(packed) ==
             "offset 12: expected 34359738368 bytes, f64 of shape (65536,65536), found at "
             "most " +
                 std::to_string(packed.size() * 1032 - 12) +
                 "\n  hint: was all of the file copied?");
  Bytes beyond{0, 0, 8, 3};
  beyond.insert(beyond.end(), 12, 0xff);
  BOOST_TEST(complaint(text(beyond)) ==
             "offset 4: u8 of shape (4294967295,4294967295,4294967295) has more bytes than "
             "64 bits can count");
}

BOOST_AUTO_TEST_CASE(damaged_gzip_data) {
  const std::string packed = gzip(small);
  BOOST_TEST(complaint(packed.substr(0, packed.size() - 9)) ==
             "byte " + std::to_string(packed.size() - 9) +
                 " of the packed file: expected more gzip data, found the end\n"
                 "  hint: was all of it copied?");
  BOOST_TEST(complaint(packed.substr(0, 5)) ==
             "byte 5 of the packed file: expected more gzip data, found the end\n"
             "  hint: was all of it copied?");
  // The checksum stands 8 bytes from the end.
  std::string wrong = packed;
  wrong[packed.size() - 8] = char(wrong[packed.size() - 8] ^ 1);
  BOOST_TEST(complaint(wrong) == "byte " + std::to_string(packed.size() - 4) +
                                     " of the packed file: corrupt gzip data: incorrect "
                                     "data check");
  BOOST_TEST(complaint(packed + "more") == "byte " + std::to_string(packed.size()) +
                                               " of the packed file: expected the end of "
                                               "the file, found more bytes");
  std::string method = packed;
  method[2] = 7;  // gzip knows one method only, number 8
  BOOST_TEST(complaint(method) ==
             "byte 4 of the packed file: corrupt gzip data: unknown compression method");
}

// Whatever byte of the file is hit, the answer is a message or a tensor, never a crash.
BOOST_AUTO_TEST_CASE(any_damaged_byte) {
  for (const std::string& good : {small, gzip(small)}) {
    for (size_t i = 0; i < good.size(); ++i) {
      for (const int change : {1, 0x80, 0xff}) {
        std::string bad = good;
        bad[i] = char(bad[i] ^ change);
        const std::string message = complaint(bad);
        BOOST_TEST((message.empty() || !message.starts_with("read_idx")), message);
      }
      const std::string message = complaint(good.substr(0, i));
      BOOST_TEST(!message.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(files_that_are_none) {
  const std::string missing = folder / "no.idx", directory = folder.path.string();
  BOOST_TEST(error_of([&] { read_idx(missing); }) ==
             "read_idx: " + missing + ": cannot be opened: No such file or directory");
  BOOST_TEST(error_of([&] { read_idx(directory); }) ==
             "read_idx: " + directory + ": it is not a regular file");
}
