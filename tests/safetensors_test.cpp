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
#include "support/folder.hpp"

using namespace hg;
using hg::test::error_of;
using hg::test::Numbers;
using hg::test::numbers;
namespace fs = std::filesystem;
namespace tt = boost::test_tools;

namespace {

const hg::test::Folder folder;

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

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
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
      std::string(HANDGRAD_SOURCE_DIR) + "/tests/reference/io/python.safetensors",
      &metadata);
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

// The other way round: the package reads a file with these very bytes
// (tests/reference/io_files.py --check).
BOOST_AUTO_TEST_CASE(a_file_for_the_reference_implementation) {
  std::string path = folder / "handgrad.safetensors";
  const double inf = std::numeric_limits<double>::infinity();
  io::write_safetensors(path,
                        {{"f32", tensor({{0.5, -1.25}, {3.0, inf}})},
                         {"f64", tensor({0.1}, f64)},
                         {"i64", tensor({INT64_MIN, INT64_MAX})},
                         {"i32", tensor({-5}, i32)},
                         {"i16", tensor({-300}, i16)},
                         {"i8", tensor({-128, 127}, i8)},
                         {"u8", tensor({200}, u8)},
                         {"bool", tensor({true, false})},
                         {"f16", tensor({1.5}, f16)},
                         {"bf16", tensor({1.5}, bf16)},
                         {"u16", tensor({0, 65535})},
                         {"number", tensor(7.0)},
                         {"empty", zeros({0, 3})}},
                        {{"epoch", "3"}, {"text", "\u00fc\n"}}, {{"u16", "U16"}});
  BOOST_TEST(contents(path) == contents(std::string(HANDGRAD_SOURCE_DIR) +
                                        "/tests/reference/io/handgrad.safetensors"));
}

BOOST_AUTO_TEST_CASE(unsigned_numbers) {
  io::Tensors t = io::read_safetensors(std::string(HANDGRAD_SOURCE_DIR) +
                                       "/tests/reference/io/unsigned.safetensors");
  BOOST_TEST((t.at("u16").dtype() == i32));
  BOOST_TEST(numbers(t.at("u16")) == (Numbers{0, 40000, 65535}), tt::per_element());
  BOOST_TEST((t.at("u32").dtype() == i64));
  BOOST_TEST((t.at("u32").shape() == Shape{1, 2}));
  BOOST_TEST(numbers(t.at("u32")) == (Numbers{0, 4000000000}), tt::per_element());
  BOOST_TEST((t.at("u64").to_vector<int64_t>() == std::vector<int64_t>{0, INT64_MAX}));
  BOOST_TEST(complaint(one("U64", "[2]", "[0,16]"), std::string(15, '\0') + "\x80") ==
             "tensor 'w': element 1 is above 2^63 - 1, the largest number of i64");

  // Stored so again; what does not fit is refused before anything is written.
  std::string path = folder / "unsigned.safetensors";
  io::write_safetensors(path, {{"a", tensor({0, 65535}, i32)}, {"b", tensor({7}, u8)}}, {},
                        {{"a", "U16"}, {"b", "U64"}});
  std::vector<io::SafetensorsEntry> list = io::list_safetensors(path);
  BOOST_TEST(list[0].stored == "U64");
  BOOST_TEST((list[0].dtype == i64));
  BOOST_TEST(list[1].stored == "U16");
  BOOST_TEST(list[1].end - list[1].begin == 4u);
  t = io::read_safetensors(path);
  BOOST_TEST(numbers(t.at("a")) == (Numbers{0, 65535}), tt::per_element());
  BOOST_TEST(numbers(t.at("b")) == (Numbers{7}), tt::per_element());
  auto refused = [&](const Tensor& x, const char* type) {
    std::string message = error_of([&] {
      io::write_safetensors(path, {{"x", x}}, {}, {{"x", type}});
    });
    return message.substr(message.find("tensor 'x'"));
  };
  BOOST_TEST(refused(tensor({5, 65536}), "U16") ==
             "tensor 'x' is i64; its element 1 does not fit in U16");
  BOOST_TEST(refused(tensor({-1}, i8), "U64") ==
             "tensor 'x' is i8; its element 0 does not fit in U64");
  BOOST_TEST(refused(tensor({1.0}), "U16") ==
             "tensor 'x' is f32 and cannot be stored as 'U16'; whole numbers can be, as "
             "U16, U32 or U64");
  BOOST_TEST(numbers(io::read_safetensors(path).at("b")) == (Numbers{7}),
             tt::per_element());
}

// Types that handgrad has not are listed, and refused by name when they are read.
BOOST_AUTO_TEST_CASE(types_that_handgrad_has_not) {
  for (const char* type : {"F8_E4M3", "F8_E5M2", "F8_E8M0"}) {
    BOOST_TEST(complaint(one(type, "[3]", "[0,3]"), "123") ==
               "tensor 'w': handgrad has no element type " + std::string(type) +
                   "\n  hint: convert it to F32, or to F16 or BF16, where the file was "
                   "made");
    std::vector<io::SafetensorsEntry> list =
        io::list_safetensors(folder / "made.safetensors");
    BOOST_TEST(list.at(0).stored == type);
    BOOST_TEST(!list.at(0).dtype);
  }
}

BOOST_AUTO_TEST_CASE(tensors_in_a_mapped_file) {
  std::string path = folder / "mapped.safetensors";
  Tensor grid = arange(0, 12).to(f32).view({3, 4});
  io::write_safetensors(path,
                        {{"grid", grid},
                         {"bool", tensor({true, false})},
                         {"ids", tensor({1, 2})},
                         {"empty", zeros({0, 3})}},
                        {{"epoch", "3"}}, {{"ids", "U16"}});
  io::Metadata metadata;
  io::Tensors t = io::map_safetensors(path, &metadata);
  BOOST_TEST(metadata.at("epoch") == "3");
  BOOST_TEST(numbers(t.at("grid")) == numbers(grid), tt::per_element());
  BOOST_TEST(numbers(t.at("bool")) == (Numbers{1, 0}), tt::per_element());
  BOOST_TEST(numbers(t.at("ids")) == (Numbers{1, 2}), tt::per_element());
  BOOST_TEST((t.at("empty").shape() == Shape{0, 3}));

  // Two tensors of one file, and what they have in memory lies where it lies in the file.
  auto* a = static_cast<char*>(t.at("grid").data());
  auto* b = static_cast<char*>(t.at("bool").data());
  BOOST_TEST(b - a == 12 * 4 + 2 * 2);

  // Changing one changes neither the file nor what others map.
  Tensor grid2 = io::map_safetensors(path).at("grid");
  t.at("grid").add_(100);
  BOOST_TEST(t.at("grid").to_vector<float>()[11] == 111);
  BOOST_TEST(numbers(grid2) == numbers(grid), tt::per_element());
  BOOST_TEST(numbers(io::read_safetensors(path).at("grid")) == numbers(grid),
             tt::per_element());

  // The file may be replaced or deleted: the tensors keep what it was.
  io::write_safetensors(path, {{"grid", zeros({3, 4})}});
  BOOST_TEST(numbers(grid2) == numbers(grid), tt::per_element());
  fs::remove(path);
  t.clear();
  BOOST_TEST(numbers(grid2) == numbers(grid), tt::per_element());
}

// Element sizes and places that do not agree: such a tensor is copied.
BOOST_AUTO_TEST_CASE(mapping_a_tensor_that_is_not_aligned) {
  const float number = 1.5f;
  std::string bytes(reinterpret_cast<const char*>(&number), 4);
  for (int padding = 0; padding < 8; ++padding) {
    std::string header = one("F32", "[1]", "[0,4]") + std::string(size_t(padding), ' ');
    Tensor w = io::map_safetensors(file_with(header, bytes)).at("w");
    BOOST_TEST(reinterpret_cast<uintptr_t>(w.data()) % 4 == 0u);
    BOOST_TEST(w.item() == 1.5);
  }
}

BOOST_AUTO_TEST_CASE(what_is_mapped_is_checked_too) {
  std::string path = file_with(one("BOOL", "[3]", "[0,3]"), std::string("\1\0\7", 3));
  BOOST_TEST(hg::test::fails_with("byte 2 of the data is 7, expected a bool",
                                  [&] { io::map_safetensors(path); }));
}

BOOST_AUTO_TEST_CASE(files_of_other_formats) {
  const std::string reference = std::string(HANDGRAD_SOURCE_DIR) + "/tests/reference/io/";
  BOOST_TEST(hg::test::fails_with("write it anew with safetensors.torch.save_file",
                                  [&] { io::read_safetensors(reference + "torch.pt"); }));
  BOOST_TEST(hg::test::fails_with("its name should end in .npy",
                                  [&] { io::read_safetensors(reference + "f4.npy"); }));
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
    BOOST_TEST(e.begin % size_of(*e.dtype) == 0u);
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
             "write: /nowhere/w.safetensors: there is no folder '/nowhere'\n"
             "  hint: make it first: mkdir -p /nowhere");
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
      complaint(one("I128", "[1]", "[0,4]"), "1234") ==
      "tensor 'w': element type 'I128'; handgrad reads F32, F64, I64, I32, I16, I8, U8, "
      "BOOL, F16, BF16, U16, U32, U64");
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
  // A shape without elements must not overflow either: it would have no strides.
  BOOST_TEST(complaint(one("F32", "[4611686018427387904,4,0]", "[0,0]")) ==
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
  std::ifstream in(
      std::string(HANDGRAD_SOURCE_DIR) + "/tests/reference/io/python.safetensors",
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
