// Named tensors in files: what comes back, and what a lying file is told.
#define BOOST_TEST_MODULE safetensors
#include "io/safetensors.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "autograd/backward.hpp"
#include "support/check.hpp"

using namespace hg;
using hg::test::error_of;
using hg::test::Numbers;
using hg::test::numbers;
namespace fs = std::filesystem;
namespace tt = boost::test_tools;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("handgrad-st-" + std::to_string(getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
} folder;

// A file of the format with any header and any data.
std::string file_with(const std::string& header, const std::string& data,
                      std::optional<uint64_t> length = {}) {
  uint64_t n = length.value_or(header.size());
  std::string path = folder / "made.safetensors";
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&n), 8);
  out << header << data;
  return path;
}

// What reading such a file complains of, without the beginning that is always the same.
std::string complaint(const std::string& header, const std::string& data = "",
                      std::optional<uint64_t> length = {}) {
  std::string path = file_with(header, data, length);
  std::string message = error_of([&] { io::read_safetensors(path); });
  std::string start = "read_safetensors: " + path + ": ";
  return message.starts_with(start) ? message.substr(start.size()) : message;
}

std::string one(const std::string& type, const std::string& shape, const std::string& at) {
  return R"({"w":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" +
         at + "}}";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_file_of_the_reference_implementation) {
  io::Metadata metadata;
  io::Tensors t = io::read_safetensors(
      std::string(HANDGRAD_SOURCE_DIR) + "/tests/reference/python.safetensors", &metadata);
  BOOST_TEST(t.size() == 13u);
  BOOST_TEST(metadata.at("format") == "pt");
  BOOST_TEST(metadata.at("note") == "quotes \" and \u00e9");

  const double inf = std::numeric_limits<double>::infinity();
  BOOST_TEST((t.at("f32").shape() == Shape{2, 3}));
  BOOST_TEST(numbers(t.at("f32")) == (Numbers{0.5, -1.25, 3, double(1e-40f), inf, 0x1p127}),
             tt::per_element());
  BOOST_TEST(numbers(t.at("f64")) == (Numbers{0.1, -2.5e300}), tt::per_element());
  BOOST_TEST((t.at("i64").to_vector<int64_t>() == std::vector{INT64_MIN, INT64_MAX}));
  BOOST_TEST((t.at("i32").shape() == Shape{2, 1}));
  BOOST_TEST(numbers(t.at("i32")) == (Numbers{-1, 2}), tt::per_element());
  BOOST_TEST(numbers(t.at("i16")) == (Numbers{-300, 300}), tt::per_element());
  BOOST_TEST(numbers(t.at("i8")) == (Numbers{-128, 127, 1}), tt::per_element());
  BOOST_TEST(numbers(t.at("u8")) == (Numbers{0, 200, 255}), tt::per_element());
  BOOST_TEST(numbers(t.at("bool")) == (Numbers{1, 0, 1}), tt::per_element());
  BOOST_TEST(numbers(t.at("f16")) == (Numbers{1.5, -0.25, 65504}), tt::per_element());
  BOOST_TEST(numbers(t.at("bf16"))[1] == -0.25);
  BOOST_TEST(numbers(t.at("bf16"))[2] == 1e38, tt::tolerance(0.01));
  BOOST_TEST(t.at("number").dim() == 0);
  BOOST_TEST(t.at("number").item() == 7);
  BOOST_TEST((t.at("empty").shape() == Shape{0, 3}));
  BOOST_TEST((t.at("layer.0.weight \u00e9\U0001f642").shape() == Shape{1, 1, 2}));
  for (DType type : {f32, f64, i64, i32, i16, i8, u8, bool_, f16, bf16}) {
    BOOST_TEST((t.at(name(type)).dtype() == type));
  }
}

BOOST_AUTO_TEST_CASE(what_is_written_comes_back) {
  std::string path = folder / "round.safetensors";
  Tensor grid = arange(0, 12).to(f32).view({3, 4});
  io::Tensors written{{"a", grid},
                      {"transposed", grid.t()},  // a view is made contiguous
                      {"column", grid.slice(1, 1, 2)},
                      {"byte", tensor({1, 2, 3}, u8)},  // 3 bytes: not a multiple of 8
                      {"long", tensor({-5, 7})},
                      {"nothing", zeros({2, 0})},
                      {"number", tensor(2.5)},
                      {"\"quoted\"\n", tensor({true, false})}};
  io::write_safetensors(path, written, {{"epoch", "3"}, {"text", "\u00fc\n"}});

  io::Metadata metadata;
  io::Tensors read = io::read_safetensors(path, &metadata);
  BOOST_TEST(metadata.size() == 2u);
  BOOST_TEST(metadata.at("text") == "\u00fc\n");
  BOOST_TEST(read.size() == written.size());
  for (auto& [name, t] : written) {
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST((read.at(name).shape() == t.shape()));
      BOOST_TEST((read.at(name).dtype() == t.dtype()));
      BOOST_TEST(numbers(read.at(name)) == numbers(t), tt::per_element());
    }
  }

  // Every tensor begins at a multiple of its element's size, also within the file.
  std::ifstream file(path, std::ios::binary);
  uint64_t header = 0;
  file.read(reinterpret_cast<char*>(&header), 8);
  BOOST_TEST(header % 8 == 0u);
  for (const io::SafetensorsEntry& e : io::list_safetensors(path)) {
    BOOST_TEST(e.begin % size_of(e.dtype) == 0u);
  }
}

BOOST_AUTO_TEST_CASE(no_tensors_at_all) {
  std::string path = folder / "none.safetensors";
  io::write_safetensors(path, {});
  BOOST_TEST(io::read_safetensors(path).empty());
  BOOST_TEST(io::read_safetensors(file_with("{}", "")).empty());
  BOOST_TEST(
      io::read_safetensors(file_with("{}      ", "")).empty());  // padded with spaces
}

BOOST_AUTO_TEST_CASE(a_parameter_is_written_without_its_history) {
  std::string path = folder / "parameter.safetensors";
  Tensor w = ones({2}).requires_grad_();
  io::write_safetensors(path, {{"w", w}, {"y", w * 2}});
  Tensor back = io::read_safetensors(path).at("y");
  BOOST_TEST(!back.requires_grad());
  BOOST_TEST(numbers(back) == (Numbers{2, 2}), tt::per_element());
}

BOOST_AUTO_TEST_CASE(writing_replaces_the_file_whole_or_not_at_all) {
  std::string path = folder / "kept.safetensors";
  io::write_safetensors(path, {{"w", tensor({1.0, 2.0})}});
  struct stat status {};
  stat(path.c_str(), &status);
  mode_t mask = umask(0);
  umask(mask);
  BOOST_TEST((status.st_mode & 0777) == (0666 & ~mask));

  // A write that fails leaves the old file, and nothing beside it.
  BOOST_CHECK_THROW(io::write_safetensors(path, {{"\xff", tensor(1)}}), Error);
  BOOST_CHECK_THROW(io::write_safetensors(path, {{"w", Tensor()}}), Error);
  BOOST_TEST(numbers(io::read_safetensors(path).at("w")) == (Numbers{1, 2}),
             tt::per_element());
  for (auto& entry : fs::directory_iterator(folder.path)) {
    BOOST_TEST(entry.path().extension() == ".safetensors");
  }
  BOOST_TEST(error_of([] { io::write_safetensors("/nowhere/w.safetensors", {}); }) ==
             "write: /nowhere/w.safetensors: cannot make a file beside it: No such file or "
             "directory");
  BOOST_TEST(error_of([&] {
               io::write_safetensors(path, {{"__metadata__", tensor(1)}});
             }) ==
             "write_safetensors: " + path + ": a tensor cannot be called '__metadata__'");
}

// ---- files that lie -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_file_itself) {
  BOOST_TEST(error_of([] { io::read_safetensors("/nowhere/w"); }) ==
             "read_safetensors: /nowhere/w: cannot be opened: No such file or directory");
  BOOST_TEST(error_of([] { io::read_safetensors("/tmp"); }) ==
             "read_safetensors: /tmp: it is not a regular file");
  std::string path = folder / "short.safetensors";
  std::ofstream(path) << "1234567";
  BOOST_TEST(error_of([&] { io::read_safetensors(path); }) ==
             "read_safetensors: " + path +
                 ": it has 7 bytes; the length of the header alone takes 8\n"
                 "  hint: is it a safetensors file?");
}

BOOST_AUTO_TEST_CASE(the_headers_length) {
  const std::string hint = "\n  hint: is it a safetensors file, and was all of it copied?";
  BOOST_TEST(complaint("{}", "", 3) ==
             "byte 0: the header's length is 3; the file has 2 bytes after it" + hint);
  BOOST_TEST(
      complaint("{}", "", UINT64_MAX) ==
      "byte 0: the header's length is 18446744073709551615; the file has 2 bytes after "
      "it" +
          hint);
  BOOST_TEST(complaint("{}", "", 0) == "byte 8: the header does not begin with '{'");
  BOOST_TEST(complaint(" {}") == "byte 8: the header does not begin with '{'");
}

BOOST_AUTO_TEST_CASE(the_headers_json) {
  BOOST_TEST(complaint("{\"w\":") == "byte 13: the header is not JSON");
  BOOST_TEST(complaint("{} x") == "byte 11: the header is not JSON");
  BOOST_TEST(complaint("{\"\xff\":1}") == "byte 10: the header is not JSON");
  BOOST_TEST(
      complaint(R"({"w":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}})", "1234")
          .find("not JSON") != std::string::npos);
  BOOST_TEST(complaint(R"({"w":1,"w":2})") == "the key 'w' appears twice in the header");
  BOOST_TEST(complaint(R"({"w":{"dtype":"F32","dtype":"F64"}})") ==
             "the key 'dtype' appears twice in the header");
  BOOST_TEST(complaint("{\"w\":" + std::string(1000000, '[')) ==
             "the header is nested more deeply than the format allows");
  BOOST_TEST(complaint(R"({"__metadata__":[]})") == "__metadata__ is no object of texts");
  BOOST_TEST(complaint(R"({"__metadata__":{"a":1}})") ==
             "__metadata__: the value of 'a' is no text");
}

BOOST_AUTO_TEST_CASE(what_is_said_of_a_tensor) {
  BOOST_TEST(complaint(R"({"w":7})") == "tensor 'w': 'dtype' is missing");
  BOOST_TEST(complaint(R"({"w":{"dtype":"F32","shape":[]}})") ==
             "tensor 'w': 'data_offsets' is missing");
  BOOST_TEST(complaint(R"({"w":{"dtype":4,"shape":[],"data_offsets":[0,0]}})") ==
             "tensor 'w': 'dtype' is no text");
  BOOST_TEST(
      complaint(one("U32", "[1]", "[0,4]"), "1234") ==
      "tensor 'w': element type 'U32'; handgrad has F32, F64, I64, I32, I16, I8, U8, "
      "BOOL, F16, BF16");
  BOOST_TEST(complaint(one("F32", "3", "[0,4]"), "1234") ==
             "tensor 'w': 'shape' is no list");
  for (const char* size : {"-1", "1.5", "9223372036854775808", "null"}) {
    BOOST_TEST(complaint(one("F32", "[" + std::string(size) + "]", "[0,4]"), "1234") ==
               "tensor 'w': 'shape' holds " + std::string(size) +
                   ", expected whole numbers from 0 to 2^63 - 1");
  }
  BOOST_TEST(complaint(one("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), "1234") ==
             "tensor 'w': 9 axes; handgrad has at most 8");
  BOOST_TEST(complaint(one("F32", "[4611686018427387904,4]", "[0,4]"), "1234") ==
             "tensor 'w': its size overflows 64 bits");
  BOOST_TEST(complaint(one("F32", "[2,3]", "[0,20]"), std::string(20, 'x')) ==
             "tensor 'w': (2,3) of F32 takes 24 bytes; its data_offsets span 20");
}

BOOST_AUTO_TEST_CASE(where_the_data_lie) {
  BOOST_TEST(complaint(one("F32", "[1]", "[0,4]"), "123") ==
             "tensor 'w': its data end at byte 4 of the data, of which 3 are there");
  BOOST_TEST(complaint(one("F32", "[1]", "[4,0]"), "1234") ==
             "tensor 'w': 'data_offsets' must be [begin, end] with begin <= end");
  BOOST_TEST(complaint(one("F32", "[1]", "[0,4,8]"), "1234") ==
             "tensor 'w': 'data_offsets' must be [begin, end] with begin <= end");
  BOOST_TEST(complaint(one("F32", "[1]", "[0,4]"), "12345678") ==
             "bytes 4 to 8 of the data belong to no tensor");
  BOOST_TEST(complaint(one("F32", "[1]", "[4,8]"), "12345678") ==
             "bytes 0 to 4 of the data belong to no tensor");
  std::string two = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                    R"("b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}})";
  BOOST_TEST(
      complaint(two, "1234567") ==
      "tensor 'b': its data begin at byte 3 of the data and overlap another tensor's, "
      "which end at 4");
}

BOOST_AUTO_TEST_CASE(a_bool_that_is_none) {
  BOOST_TEST(complaint(one("BOOL", "[3]", "[0,3]"), std::string("\1\0\7", 3)) ==
             "tensor 'w': byte 2 of the data is 7, expected a bool, 0 or 1");
}

// Every prefix of a good file, and every single byte of its beginning changed: an error or
// tensors, never a crash (the sanitizers watch).
BOOST_AUTO_TEST_CASE(damaged_files) {
  std::ifstream in(std::string(HANDGRAD_SOURCE_DIR) + "/tests/reference/python.safetensors",
                   std::ios::binary);
  std::string good((std::istreambuf_iterator<char>(in)), {});
  std::string path = folder / "damaged.safetensors";
  auto survives = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    try {
      io::read_safetensors(path);
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  BOOST_TEST(survives(good));
  for (size_t n = 0; n < good.size(); ++n) BOOST_TEST(!survives(good.substr(0, n)));
  int unharmed = 0;
  for (size_t i = 0; i < good.size(); ++i) {
    for (char flip : {'\x01', '\x80', '\x11'}) {
      std::string bad = good;
      bad[i] = char(bad[i] ^ flip);
      unharmed += survives(bad);
    }
  }
  BOOST_TEST(unharmed > 0);  // a changed element is no error
  BOOST_TEST(unharmed < int(good.size()));
}
