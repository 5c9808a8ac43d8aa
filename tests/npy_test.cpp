// NumPy's files: what NumPy wrote, what it will read, and what a lying file is told.
#define BOOST_TEST_MODULE npy
#include "io/npy.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>

#include "io/zip.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "tensor/create.hpp"

using namespace hg;
using hg::test::error_of;
using hg::test::fails_with;
using hg::test::Numbers;
using hg::test::numbers;
namespace tt = boost::test_tools;

namespace {

const hg::test::Folder folder;

// Written by NumPy: tests/reference/io_files.py.
std::string reference(const std::string& name) {
  return std::string(HANDGRAD_SOURCE_DIR) + "/tests/reference/io/" + name;
}

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string written(const std::string& name, const std::string& bytes) {
  std::string path = folder / name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

// A .npy file of version 1 with any header and any elements.
std::string npy(const std::string& header, const std::string& elements = "") {
  return std::string("\x93NUMPY\1\0", 8) + char(header.size() & 255) +
         char(header.size() >> 8) + header + elements;
}
std::string dict(const std::string& descr, const std::string& shape,
                 const std::string& fortran = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + fortran + ", 'shape': " + shape +
         "}";
}

// What reading such a file complains of, without path and hint.
std::string complaint(const std::string& bytes) {
  std::string path = written("made.npy", bytes);
  std::string message = error_of([&] { io::read_npy(path); });
  std::string start = "read_npy: " + path + ": ";
  if (message.starts_with(start)) message = message.substr(start.size());
  return message.substr(0, message.find("\n  hint"));
}
std::string zip_complaint(const std::string& bytes) {
  std::string path = written("made.npz", bytes);
  std::string message = error_of([&] { io::read_npz(path); });
  std::string start = "read_npz: " + path + ": ";
  if (message.starts_with(start)) message = message.substr(start.size());
  return message.substr(0, message.find("\n  hint"));
}

const Numbers grid{-3, -2, -1, 0, 1, 2}, sizes{3, 2, 1, 0, 1, 2};

}  // namespace

BOOST_AUTO_TEST_CASE(arrays_of_every_type) {
  struct {
    const char* name;
    DType type;
  } cases[] = {{"f2", f16}, {"f4", f32}, {"f8", f64}, {"i1", i8},  {"i2", i16}, {"i4", i32},
               {"i8", i64}, {"u1", u8},  {"u2", i32}, {"u4", i64}, {"u8", i64}};
  for (auto& [name, type] : cases) {
    for (const std::string order : {"", "big_"}) {
      if (name[1] == '1' && !order.empty()) continue;  // a byte has no order
      BOOST_TEST_CONTEXT(order << name) {
        Tensor t = io::read_npy(reference(order + name + ".npy"));
        BOOST_TEST((t.dtype() == type));
        BOOST_TEST((t.shape() == Shape{2, 3}));
        BOOST_TEST(numbers(t) == (name[0] == 'u' ? sizes : grid), tt::per_element());
      }
    }
  }
  Tensor t = io::read_npy(reference("bool.npy"));
  BOOST_TEST((t.dtype() == bool_));
  BOOST_TEST(numbers(t) == (Numbers{0, 0, 0, 0, 1, 1}), tt::per_element());
}

BOOST_AUTO_TEST_CASE(orders_shapes_and_versions) {
  Tensor t = io::read_npy(reference("fortran.npy"));
  BOOST_TEST((t.shape() == Shape{2, 3, 4}));
  BOOST_TEST(t.is_contiguous());
  BOOST_TEST(t.to_vector<double>() == numbers(arange(24)), tt::per_element());
  BOOST_TEST(io::read_npy(reference("number.npy")).dim() == 0);
  BOOST_TEST(io::read_npy(reference("number.npy")).item() == 2.5);
  BOOST_TEST((io::read_npy(reference("empty.npy")).shape() == Shape{2, 0, 3}));
  BOOST_TEST((io::read_npy(reference("one_axis.npy")).shape() == Shape{2}));
  for (const char* name : {"version2.npy", "version3.npy"}) {
    BOOST_TEST(numbers(io::read_npy(reference(name))) == grid, tt::per_element());
  }
}

BOOST_AUTO_TEST_CASE(arrays_that_handgrad_has_no_type_for) {
  auto refused = [](const char* name, const std::string& problem) {
    return fails_with(problem, [&] { io::read_npy(reference(name)); });
  };
  BOOST_TEST(
      refused("too_large.npy", "element 1 is above 2^63 - 1, the largest number of"));
  BOOST_TEST(refused("fields.npy", "its elements are structures with fields"));
  BOOST_TEST(refused("objects.npy", "Python objects, which would be code to run"));
  BOOST_TEST(refused("complex.npy", "handgrad has no element type '<c16'"));
  BOOST_TEST(refused("text.npy", "handgrad has no element type '<U2'"));
}

// NumPy reads files with these very bytes (tests/reference/io_files.py --check).
BOOST_AUTO_TEST_CASE(files_for_numpy) {
  const double inf = std::numeric_limits<double>::infinity();
  io::Tensors tensors{{"f32", tensor({{0.5, -1.25}, {3.0, inf}})},
                      {"f64", tensor({0.1}, f64)},
                      {"i64", tensor({INT64_MIN, INT64_MAX})},
                      {"i32", tensor({-5}, i32)},
                      {"i16", tensor({-300}, i16)},
                      {"i8", tensor({-128, 127}, i8)},
                      {"u8", tensor({200}, u8)},
                      {"bool", tensor({true, false})},
                      {"f16", tensor({1.5}, f16)},
                      {"bf16", tensor({1.5}, bf16)},
                      {"number", tensor(7.0)},
                      {"empty", zeros({0, 3})}};
  io::write_npz(folder / "handgrad.npz", tensors);
  // A view: its elements are written in the order of its own axes.
  io::write_npy(folder / "handgrad.npy", tensor({{0, 3}, {1, 4}, {2, 5}}).t());
  for (const char* name : {"handgrad.npz", "handgrad.npy"}) {
    BOOST_TEST(contents(folder / name) == contents(reference(name)));
  }

  // Packed bytes may differ from one zlib to the next; what they unpack to may not.
  io::write_npz(folder / "handgrad_packed.npz", tensors, true);
  for (const std::string& path : {folder / "handgrad.npz", folder / "handgrad_packed.npz",
                                  reference("handgrad_packed.npz")}) {
    io::Tensors read = io::read_npz(path);
    BOOST_TEST(read.size() == tensors.size());
    for (auto& [name, t] : tensors) {
      BOOST_TEST_CONTEXT(name) {
        BOOST_TEST((read.at(name).shape() == t.shape()));
        BOOST_TEST((read.at(name).dtype() == io::npy_type(t.dtype())));
        BOOST_TEST(numbers(read.at(name)) == numbers(t), tt::per_element());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(archives_of_numpy) {
  for (const char* name : {"stored.npz", "packed.npz"}) {
    io::Tensors t = io::read_npz(reference(name));
    BOOST_TEST((t.at("w").shape() == Shape{2, 3}));
    BOOST_TEST(numbers(t.at("w")) == (Numbers{0, 1, 2, 3, 4, 5}), tt::per_element());
    BOOST_TEST(numbers(t.at("labels")) == (Numbers{3, -1}), tt::per_element());
    BOOST_TEST(t.at("layer.0/\u00e9").item<bool>());
  }
  Tensor zero = io::read_npz(reference("packed.npz")).at("zeros");
  BOOST_TEST((zero.shape() == Shape{100, 100}));
  BOOST_TEST(!zero.any().item<bool>());
  BOOST_TEST(io::read_npz(reference("none.npz")).empty());
  Tensor w = io::read_npz(reference("zip64.npz")).at("w");
  BOOST_TEST(numbers(w) == (Numbers{0, 1, 2, 3, 4, 5}), tt::per_element());
  BOOST_TEST(fails_with("write it anew with safetensors.torch.save_file",
                        [&] { io::read_npz(reference("torch.pt")); }));
}

BOOST_AUTO_TEST_CASE(listing_reads_headers_alone) {
  io::NpyHeader header = io::list_npy(reference("complex.npy"));
  BOOST_TEST(header.descr == "<c16");
  BOOST_TEST(!header.dtype);
  auto list = io::list_npz(reference("packed.npz"));
  BOOST_TEST(list.size() == 4u);
  BOOST_TEST(list[0].first == "w");
  BOOST_TEST((list[0].second.shape == Shape{2, 3}));
}

// ---- headers that lie -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_beginning_of_a_npy_file) {
  BOOST_TEST(complaint("\x93NUMPY") == "it has 6 bytes; the shortest header has 10");
  BOOST_TEST(complaint("not a NumPy array") ==
             "byte 0: expected 93 \"NUMPY\", found something else");
  BOOST_TEST(complaint(std::string("\x93NUMPY\4\0\0\0\0\0", 12)) ==
             "byte 6: version 4.0; handgrad reads 1.0, 2.0 and 3.0");
  BOOST_TEST(complaint(std::string("\x93NUMPY\1\0\xff\0{}", 12)) ==
             "byte 8: the header's length is 255; there are 2 bytes, and handgrad reads "
             "headers up to 1048576");
  BOOST_TEST(complaint(std::string("\x93NUMPY\2\0\xff\xff\xff\xff", 12)) ==
             "byte 8: the header's length is 4294967295; there are 0 bytes, and handgrad "
             "reads headers up to 1048576");
  BOOST_TEST(complaint(std::string("\x93NUMPY\2\0\0\0", 10)) ==
             "byte 8: the header ends too early");
}

BOOST_AUTO_TEST_CASE(the_dictionary_of_a_npy_file) {
  const std::string four(4, '\0');
  BOOST_TEST(complaint(npy(dict("'<f4'", "(1,)"), four)).empty());
  BOOST_TEST(complaint(npy("{'shape': (1L,), \"descr\": '<f4', 'fortran_order': True, }\n",
                           four))
                 .empty());  // another order, as Python 2 wrote it
  BOOST_TEST(complaint(npy("['descr']")) == "byte 10, in the header: expected '{'");
  BOOST_TEST(complaint(npy("{'descr': '<f4'}", four)) ==
             "byte 26, in the header: 'fortran_order' is missing");
  BOOST_TEST(complaint(npy("{'descr': '<f4', 'descr': '<f4'}")) ==
             "byte 34, in the header: the key 'descr' appears twice");
  BOOST_TEST(complaint(npy("{'other': 1}")) ==
             "byte 19, in the header: unknown key 'other'");
  BOOST_TEST(complaint(npy("{'descr': '<f4")) ==
             "byte 20, in the header: the text in quotes does not end");
  BOOST_TEST(complaint(npy(dict("'<f4'", "(1,)", "1"))) ==
             "byte 44, in the header: expected True or False");
  BOOST_TEST(complaint(npy(dict("'<f4'", "(1,)") + "os.system('true')")) ==
             "byte 65, in the header: expected the end of the header");
  for (const char* shape : {"(-1,)", "(1.5,)", "(9223372036854775808,)", "(a,)", "(,)"}) {
    BOOST_TEST(!complaint(npy(dict("'<f4'", shape), four)).empty());
  }
  BOOST_TEST(complaint(npy(dict("'<f4'", "(1,1,1,1,1,1,1,1,1)"), four))
                 .find("9 axes; handgrad has at most 8") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(sizes_that_lie) {
  BOOST_TEST(complaint(npy(dict("'<f4'", "(2, 3)"), std::string(20, 'x'))) ==
             "byte 67: expected 24 bytes, (2,3) of '<f4', found 20");
  BOOST_TEST(complaint(npy(dict("'<f4'", "(1,)"), std::string(5, 'x'))) ==
             "byte 65: expected 4 bytes, (1) of '<f4', found 5");
  BOOST_TEST(complaint(npy(dict("'<f8'", "(4611686018427387904, 2)"))) ==
             "(4611686018427387904,2) of '<f8' has more bytes than 64 bits can count");
  BOOST_TEST(complaint(npy(dict("'<f8'", "(0, 4611686018427387904, 2)"))) ==
             "(0,4611686018427387904,2) of '<f8' has more bytes than 64 bits can count");
  BOOST_TEST(complaint(npy(dict("'|b1'", "(2,)"), "\1\2")) ==
             "element 1 is 2, expected a bool, 0 or 1");
}

// ---- archives that lie ------------------------------------------------------------------

namespace {

// An archive of one stored array to spoil: where its parts begin.
struct Archive {
  std::string bytes;
  size_t entry, end;

  explicit Archive(bool packed = false) {
    std::string path = folder / "good.npz";
    io::write_npz(path, {{"w", zeros({100})}}, packed);
    bytes = contents(path);
    end = bytes.size() - 22;
    entry = bytes.rfind("PK\1\2", end);
  }
  // The bytes with a little-endian number at `place` replaced.
  template <class T>
  std::string with(size_t place, T number) const {
    std::string bad = bytes;
    std::memcpy(&bad[place], &number, sizeof number);
    return bad;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(an_archive_whose_end_lies) {
  const Archive a;
  BOOST_TEST(zip_complaint(a.bytes).empty());
  BOOST_TEST(zip_complaint("PK") == "no end of a zip archive is found in it");
  BOOST_TEST(zip_complaint(a.bytes + "x") == "no end of a zip archive is found in it");
  BOOST_TEST(zip_complaint(a.with(a.end + 4, uint16_t(1))).find("one of several parts") !=
             std::string::npos);
  BOOST_TEST(zip_complaint(a.with(a.end + 16, uint32_t(0x7fffffff)))
                 .find("lies outside the file") != std::string::npos);
  BOOST_TEST(zip_complaint(a.with(a.end + 12, uint32_t(10)))
                 .find("no entry of the archive's directory here") != std::string::npos);
  std::string two = a.with(a.end + 8, uint32_t(0x00020002));
  BOOST_TEST(zip_complaint(two) == "the archive's directory has 1 members, its end says 2");
}

BOOST_AUTO_TEST_CASE(a_directory_that_lies) {
  const Archive a, packed(true);
  auto says = [](const std::string& bytes, const std::string& part) {
    const std::string message = zip_complaint(bytes);
    BOOST_TEST(message.find(part) != std::string::npos, message << " lacks " << part);
  };
  says(a.with(a.entry + 8, uint16_t(1)), "is encrypted");
  says(a.with(a.entry + 10, uint16_t(12)), "is packed by method 12");
  says(a.with(a.entry + 16, uint32_t(1)), "its checksum is wrong");
  says(a.with(a.entry + 20, uint32_t(100)), "which cannot be");
  says(a.with(a.entry + 28, uint16_t(60000)), "ends behind the archive's directory");
  says(a.with(a.entry + 42, uint32_t(1)), "is not there");
  says(a.with(a.entry + 42, uint32_t(0xfffffff0)), "lies outside the archive");
  says(a.with(26, uint16_t(4)), "has another name here");
  says(a.with(28, uint16_t(2000)), "more than there are");
  // A bomb: a few bytes that claim to become four gigabytes.
  says(packed.with(packed.entry + 24, uint32_t(0xfffffff0)), "which cannot be");
  says(packed.with(packed.entry + 24, uint32_t(2000)), "expected 400 bytes");
  says(packed.with(packed.entry + 16, uint32_t(1)), "its checksum is wrong");

  // A member that unpacks to more, or less, than it says: 128 of header, 400 of numbers.
  auto claims = [&](const char* shape, uint32_t size) {
    std::string path = folder / "claims.npz";
    io::ZipWriter zip(path, "test");
    std::string header = io::make_npy_header(f32, {100});
    header.replace(header.find("(100,)"), 6, shape);
    zip.add("w.npy", {header, std::string(400, '\0')}, true);
    zip.commit();
    std::string bytes = contents(path);
    size_t entry = bytes.rfind("PK\1\2", bytes.size() - 22);
    std::memcpy(&bytes[entry + 24], &size, 4);
    return bytes;
  };
  says(claims("(100,)", 528), "");
  says(claims("( 99,)", 524), "it unpacks to more bytes than it says");
  says(claims("(101,)", 532), "it unpacks to fewer bytes than it says");
}

// The same bytes under two names would make a small file large.
BOOST_AUTO_TEST_CASE(members_that_overlap) {
  std::string path = folder / "two.npz";
  io::write_npz(path, {{"a", zeros({100})}, {"b", zeros({100})}});
  std::string bytes = contents(path);
  size_t second = bytes.rfind("PK\1\2"), first = bytes.rfind("PK\1\2", second - 1);
  std::string bad = bytes;
  std::memset(&bad[second + 42], 0, 4);  // at the place of the first
  BOOST_TEST(zip_complaint(bad).find("has another name here") != std::string::npos);
  bad[second + 46] = 'a';  // and under its name
  BOOST_TEST(zip_complaint(bad) == "there are two members called 'a.npy'");
  // The first one's bytes reach into the second.
  bad = bytes;
  for (size_t at : {first + 20, first + 24}) bad[at] = char(bad[at] + 1);
  BOOST_TEST(zip_complaint(bad) == "the members 'a.npy' and 'b.npy' overlap");
}

BOOST_AUTO_TEST_CASE(damaged_archives) {
  for (const char* name : {"stored.npz", "packed.npz", "zip64.npz"}) {
    const std::string good = contents(reference(name));
    for (size_t n = 0; n < good.size(); ++n) {
      BOOST_TEST(!zip_complaint(good.substr(0, n)).empty());
    }
    for (size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = char(bad[i] ^ 0x11);
      const std::string message = zip_complaint(bad);  // an error or tensors, no crash
      BOOST_TEST(message.find("memory") == std::string::npos);
    }
  }
}
