// Pictures, CIFAR-10, sound and text in files, good and bad.
#define BOOST_TEST_MODULE data_files
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "data/bytes.hpp"
#include "data/cifar.hpp"
#include "data/generated.hpp"
#include "data/csv.hpp"
#include "data/idx.hpp"
#include "data/image_file.hpp"
#include "data/image_folder.hpp"
#include "data/loader.hpp"
#include "data/text.hpp"
#include "data/wav.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

using namespace hg;
using namespace hg::data;
using namespace std::string_literals;
using hg::test::error_of;
using hg::test::fails_with;
using hg::test::Numbers;
using hg::test::numbers;
namespace fs = std::filesystem;
namespace tt = boost::test_tools;

namespace {

const hg::test::Folder folder;

std::string contents(const std::string& path) { return read_file(path, "test"); }

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// A number as `count` bytes, the lowest first.
std::string little(uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += char(value >> 8 * i & 255);
  return bytes;
}

Tensor image_in(const std::string& bytes, int channels = 0) {
  return parse_image(bytes_of(bytes), channels);
}

std::string image_complaint(const std::string& bytes) {
  const std::string message = error_of([&] { image_in(bytes); });
  const std::string start = "read_image: image: ";
  return message.starts_with(start) ? message.substr(start.size()) : message;
}

// Smooth colours, which JPEG keeps nearly as they are.
Tensor slopes(int64_t channels, int64_t height, int64_t width) {
  const Tensor x = arange(width).to(f32) * (200.0 / double(width));
  const Tensor y = arange(height).to(f32).reshape({height, 1}) * (50.0 / double(height));
  std::vector<Tensor> planes;
  for (int64_t c = 0; c < channels; ++c) planes.push_back(x + y * double(c));
  return stack(planes).to(u8);
}

}  // namespace

// ---- pictures ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(pictures_come_back_as_they_were_written) {
  manual_seed(1);
  for (const int64_t channels : {1, 2, 3, 4}) {
    const Tensor image = randint(0, 256, {channels, 7, 5}, u8);
    const std::string path = folder / ("new/sub/a" + std::to_string(channels) + ".PNG");
    write_image(path, image);
    BOOST_TEST(read_image(path).equal(image));
  }
  const Tensor colour = randint(0, 256, {3, 4, 9}, u8), grey = colour.narrow(0, 0, 1);
  write_image(folder / "c.bmp", colour);
  BOOST_TEST(read_image(folder / "c.bmp").equal(colour));
  write_image(folder / "g.bmp", grey);
  BOOST_TEST(read_image(folder / "g.bmp", 1).equal(grey));
  write_image(folder / "c.ppm", colour);
  write_image(folder / "g.pgm", grey);
  BOOST_TEST(contents(folder / "g.pgm").substr(0, 11) == "P5\n9 4\n255\n");
  BOOST_TEST(read_image(folder / "c.ppm").equal(colour));
  BOOST_TEST(read_image(folder / "g.pgm").equal(grey));

  const Tensor smooth = slopes(3, 40, 60);
  write_image(folder / "s.jpg", smooth, 95);
  write_image(folder / "s.jpeg", smooth, 20);
  const auto miss = [&](const std::string& name) {
    return (read_image(folder / name).to(f32) - smooth.to(f32)).abs().mean().item();
  };
  BOOST_TEST((miss("s.jpg") < 1 && miss("s.jpeg") < 6 && miss("s.jpg") < miss("s.jpeg")));
  // Numbers from 0 to 1 are brought to bytes.
  write_image(folder / "f.png", tensor({{{0.0, 0.5, 1.0, -3.0, 7.0, double(NAN)}}}));
  BOOST_TEST(numbers(read_image(folder / "f.png")) == (Numbers{0, 128, 255, 0, 255, 0}),
             tt::per_element());
}

// (77*200 + 150*100 + 29*50)/256 = 124.4; two more channels get full opacity.
BOOST_AUTO_TEST_CASE(channels_as_wanted) {
  const Tensor pixel = tensor({200, 100, 50}, u8).reshape({3, 1, 1});
  for (const std::string name : {"p.png", "p.ppm"}) {
    write_image(folder / name, pixel);
    BOOST_TEST(numbers(read_image(folder / name, 1)) == (Numbers{124}), tt::per_element());
    BOOST_TEST(numbers(read_image(folder / name, 2)) == (Numbers{124, 255}),
               tt::per_element());
    BOOST_TEST(numbers(read_image(folder / name, 4)) == (Numbers{200, 100, 50, 255}),
               tt::per_element());
  }
  write_image(folder / "g.pgm", pixel.narrow(0, 0, 1));
  BOOST_TEST(numbers(read_image(folder / "g.pgm", 3)) == (Numbers{200, 200, 200}),
             tt::per_element());
  BOOST_TEST(error_of([] { read_image(folder / "g.pgm", 5); }) ==
             "read_image: channels is 5, but must be 1 to 4, or 0 for those of the file");
}

BOOST_AUTO_TEST_CASE(pgm_headers) {
  BOOST_TEST(numbers(image_in("P5 # a comment\n2\t1 #another\n 3\n\x01\x03"s)) ==
                 (Numbers{85, 255}),
             tt::per_element());
  // Two bytes a sample, the higher first: 256 of 1000.
  BOOST_TEST(numbers(image_in("P5 1 1 1000\n\x01\x00"s)) == (Numbers{65}),
             tt::per_element());
  BOOST_TEST(image_complaint("P5 2 2 255\nabc") ==
             "offset 11: expected 4 bytes, found 3\n  hint: was all of the file copied?");
  BOOST_TEST(image_complaint("P6 0 2 255\nabc") ==
             "offset 3: expected a width from 1 to 100000000");
  BOOST_TEST(image_complaint("P5 2 2 70000\nabcd") ==
             "offset 7: expected a largest value from 1 to 65535");
  BOOST_TEST(image_complaint("P5 99999999 99999999 255\n") ==
             "expected at most 100000000 pixels, found 99999999x99999999 pixels");
  BOOST_TEST(image_complaint("P5 20000 5000 255\n") ==
             "expected 20000x5000 pixels, found only 18 bytes\n"
             "  hint: was all of the file copied?");
}

// Cut anywhere, every format is refused: no grey is made up.
BOOST_AUTO_TEST_CASE(a_file_that_was_cut_is_an_error) {
  const Tensor image = slopes(3, 17, 23);
  for (const std::string end : {"png", "jpg", "bmp", "ppm"}) {
    const std::string path = folder / ("cut." + end);
    write_image(path, image);
    const std::string whole = contents(path);
    BOOST_TEST((image_in(whole).shape() == Shape{3, 17, 23}));
    const size_t step = std::max<size_t>(whole.size() / 150, 1);
    for (size_t size = 0; size < whole.size(); size += step) {
      BOOST_TEST(error_of([&] { image_in(whole.substr(0, size)); }) != "",
                 end << " of " << size);
    }
    const std::string last = image_complaint(whole.substr(0, whole.size() - 1));
    BOOST_TEST(last != "", end << " without its last byte");
  }
}

// The packed data of a PNG begin at byte 41 with two bytes of their own; the three lowest
// bits behind them say "last block, kind 3", which there is none of. stb_image gives no
// reason for this one, and must not be quoted with the reason for something else.
BOOST_AUTO_TEST_CASE(a_broken_picture_is_no_broken_jpeg) {
  write_image(folder / "x.png", slopes(1, 3, 3));
  std::string png = contents(folder / "x.png");
  png[43] = char(png[43] | 7);
  BOOST_TEST(image_complaint(png) == "it cannot be decoded");
}

// PNG: bytes 16 to 23 are width and height, the highest first.
BOOST_AUTO_TEST_CASE(sizes_that_lie_are_an_error) {
  write_image(folder / "x.png", slopes(1, 3, 3));
  std::string png = contents(folder / "x.png");
  png.replace(16, 8, "\x00\x0f\xff\xff\x00\x00\x00\x40"s);
  BOOST_TEST(image_complaint(png).starts_with("expected 1048575x64 pixels, found only"));
  png.replace(16, 8, "\x00\xff\xff\xff\x00\xff\xff\xff"s);
  BOOST_TEST(image_complaint(png) != "");
  png.replace(16, 8, "\x00\x00\x00\x00\x00\x00\x00\x01"s);
  BOOST_TEST(image_complaint(png) != "");

  write_image(folder / "x.bmp", slopes(3, 3, 3));
  std::string bmp = contents(folder / "x.bmp");
  bmp.replace(18, 4, little(1000, 4));
  BOOST_TEST(image_complaint(bmp).starts_with("expected 1000x3 pixels, found only"));
  bmp.replace(18, 4, little(20, 4));
  BOOST_TEST(image_complaint(bmp) ==
             "expected 234 bytes, found 90\n"
             "  hint: was all of the file copied?");
  BOOST_TEST(image_complaint("GIF89a") ==
             "expected a PNG, JPEG, BMP, PGM or PPM file; it begins like none of them");
  BOOST_TEST(image_complaint("") ==
             "expected a PNG, JPEG, BMP, PGM or PPM file; it begins like none of them");
  write_image(folder / "x.jpg", slopes(3, 3, 3));
  const std::string jpg = contents(folder / "x.jpg");
  const size_t segment = jpg.find("\xff\xdb");
  std::string longer = jpg;
  longer.replace(segment + 2, 2, "\xff\xff");
  BOOST_TEST(
      image_complaint(longer).starts_with("offset " + std::to_string(segment + 2) +
                                          ": expected a segment of 65535 bytes, found "));
  BOOST_TEST(image_complaint(jpg.substr(0, jpg.size() - 2)).find("end marker ff d9") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written) {
  const auto refused = [](const std::string& name, const Tensor& image, int quality = 75) {
    const std::string path = folder / name;
    std::string message = error_of([&] { write_image(path, image, quality); });
    const std::string start = "write_image: " + path + ": ";
    return message.starts_with(start) ? message.substr(start.size()) : message;
  };
  BOOST_TEST(refused("a.tif", zeros({1, 2, 2})) ==
             "names end in .png, .jpg, .jpeg, .bmp, .pgm or .ppm");
  BOOST_TEST(refused("a.jpg", zeros({4, 2, 2})) ==
             ".jpg files have 1 or 3 channels; got (4,2,2)");
  BOOST_TEST(refused("a.jpg", zeros({3, 2, 2}), 0) == "quality is 0, but must be 1 to 100");
  BOOST_TEST(refused("a.png", zeros({2, 2})) ==
             "an image is (C,H,W), C 1 to 4, H and W 1 to 65536; got (2,2)");
  BOOST_TEST(refused("a.png", zeros({1, 2, 2}, i64)) ==
             "an image is u8 or floating point; got i64");
  BOOST_TEST(!fs::exists(folder / "a.jpg"));
}

// ---- folders of pictures ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_folder_for_each_class) {
  const std::string root = folder / "classes";
  const auto grey = [](int64_t value) { return full({1, 2, 2}, value).to(u8); };
  write_image(root + "/dog/2.png", grey(20));
  write_image(root + "/dog/1.png", grey(10));
  write_image(root + "/cat/deep/er.pgm", grey(30));
  write(root + "/cat/notes.txt", "no image");
  write(root + "/readme", "no folder");
  const ImageFolder set(root, to_tensor(), 1);
  BOOST_TEST((set.classes() == std::vector<std::string>{"cat", "dog"}));
  BOOST_TEST(
      (set.class_to_idx() == std::map<std::string, int64_t>{{"cat", 0}, {"dog", 1}}));
  BOOST_TEST(set.size() == 3);
  BOOST_TEST(set.samples()[1].path == root + "/dog/1.png");
  for (const int workers : {0, 2}) {
    DataLoader loader(set, {.batch_size = 3, .num_workers = workers});
    for (auto [x, y] : loader) {
      BOOST_TEST((x.shape() == Shape{3, 1, 2, 2} && y.dtype() == i64));
      BOOST_TEST(numbers(y) == (Numbers{0, 1, 1}), tt::per_element());
      BOOST_TEST(x.select(1, 0).select(1, 0).select(1, 0).allclose(
          tensor({30.0, 10.0, 20.0}) / 255));
    }
  }
  // A file that broke meanwhile is named where its batch is asked for.
  write(root + "/dog/1.png", "nothing");
  BOOST_TEST(error_of([&] { set[1]; }) ==
             "read_image: " + root +
                 "/dog/1.png: expected a PNG, JPEG, BMP, PGM or PPM "
                 "file; it begins like none of them");
  fs::create_directories(root + "/empty");
  BOOST_TEST(error_of([&] { ImageFolder set(root); }) ==
             "ImageFolder: " + root +
                 "/empty: there is no image in it\n"
                 "  hint: names of images end in .png, .jpg, .jpeg, .bmp, .pgm or .ppm");
  BOOST_TEST(fails_with("No such file", [&] { ImageFolder set(folder / "nowhere"); }));
  BOOST_TEST(
      fails_with("there is no folder in it", [&] { ImageFolder set(root + "/dog"); }));
}

BOOST_AUTO_TEST_CASE(classes_in_a_table) {
  const std::string root = folder / "listed";
  write_image(root + "/1.png", full({3, 1, 1}, 7).to(u8));
  write_image(root + "/12.png", full({3, 1, 1}, 9).to(u8));
  const Table table = parse_csv("id,label\n12,frog\n1,deer\n77,frog\n5,ant\n");
  const ImageFiles set = listed_images(root, table);
  BOOST_TEST((set.classes() == std::vector<std::string>{"ant", "deer", "frog"}));
  BOOST_TEST(set.size() == 2);
  BOOST_TEST((set.samples()[0].path == root + "/12.png" && set.samples()[0].label == 2));
  BOOST_TEST((set[1][1].item() == 1 && set[1][0].shape() == Shape{3, 1, 1}));
  BOOST_TEST(fails_with("none of the 1 files that the table names is there",
                        [&] { listed_images(root, parse_csv("id,label\n4,x\n")); }));
  BOOST_TEST(fails_with("'../12' is no name of a file in the folder",
                        [&] { listed_images(root, parse_csv("id,label\n../12,x\n")); }));
}

// ---- CIFAR-10 ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(cifar_records) {
  // Record n: class n, and every byte of plane c is 10n + c.
  std::string bytes;
  for (int n = 0; n < 3; ++n) {
    bytes += char(n);
    for (int c = 0; c < 3; ++c) bytes.append(1024, char(10 * n + c));
  }
  const LabelledImages set = parse_cifar10(bytes_of(bytes));
  BOOST_TEST((set.images.shape() == Shape{3, 3, 32, 32} && set.images.dtype() == u8));
  BOOST_TEST((set.labels.dtype() == i64));
  BOOST_TEST(numbers(set.labels) == (Numbers{0, 1, 2}), tt::per_element());
  BOOST_TEST(
      (set.images[{2, 1, 31, 31}].item() == 21 && set.images[{1, 2, 0, 0}].item() == 12));

  std::string wrong = bytes;
  wrong[3073] = 10;
  BOOST_TEST(error_of([&] { parse_cifar10(bytes_of(wrong)); }) ==
             "read_cifar10: bytes: offset 3073: expected a class from 0 to 9, found 10");
  BOOST_TEST(error_of([&] { parse_cifar10(bytes_of(bytes.substr(0, 5000)), "f.bin"); }) ==
             "read_cifar10: f.bin: expected records of 3073 bytes each, found 5000 bytes, "
             "which is 1 of them and 1927 bytes\n"
             "  hint: is it the binary version, and was all of it copied?");
  BOOST_TEST(fails_with("found 0 bytes", [] { parse_cifar10({}); }));

  const fs::path data = folder.path / "cifar";
  fs::create_directories(data / "cifar10-subset");
  write((data / "cifar10-subset/data_batch_1_first4000.bin").string(), bytes);
  write((data / "cifar10-subset/test_batch_first1000.bin").string(), bytes.substr(0, 3073));
  const Cifar10 part = load_cifar10(data, {.train_count = 2});
  BOOST_TEST((part.train.size() == 2 && part.test.size() == 1));
  BOOST_TEST(part.source == "CIFAR-10 in " + (data / "cifar10-subset").string());
  fs::create_directories(data / "cifar-10-batches-bin");
  for (const std::string name : {"data_batch_1", "data_batch_2", "data_batch_3",
                                 "data_batch_4", "data_batch_5", "test_batch"}) {
    write((data / "cifar-10-batches-bin" / (name + ".bin")).string(), bytes);
  }
  BOOST_TEST(load_cifar10(data).train.size() == 15);
  BOOST_TEST(load_cifar10(data, {.train_count = 0}).train.size() == 0);
  BOOST_TEST((part.real && part.classes.size() == 10 && part.classes[9] == "truck"));
  fs::resize_file(data / "cifar-10-batches-bin/test_batch.bin", 3072);
  BOOST_TEST(fails_with("test_batch.bin: expected records of 3073 bytes each, found 3072",
                        [&] { load_cifar10(data); }));
}

BOOST_AUTO_TEST_CASE(without_cifar_there_are_drawings) {
  const Cifar10 set = load_cifar10({}, {.train_count = 30, .test_count = 20});
  BOOST_TEST((set.train.size() == 30 && set.test.size() == 20 && !set.real));
  BOOST_TEST((set.source == "the bundled drawings" && set.classes[2] == "boat"));
  const ColorImages drawn = generate_drawings(1, 30);
  const auto pixels = set.train.images().span<uint8_t>();
  BOOST_TEST(std::equal(pixels.begin(), pixels.end(), drawn.pixels.begin()));
  BOOST_TEST(set.train[29][1].item() == drawn.labels[29]);
  BOOST_TEST((set.train[0][0].shape() == Shape{3, 32, 32}));
}

// ---- sound ------------------------------------------------------------------------------

namespace {

std::string wav_of(const std::string& format, const std::string& data,
                   const std::string& before = "") {
  const std::string chunks = "fmt " + little(format.size(), 4) + format + before + "data" +
                             little(data.size(), 4) + data;
  return "RIFF" + little(4 + chunks.size(), 4) + "WAVE" + chunks;
}

std::string format_of(int kind, int channels, int rate, int bits) {
  const int frame = channels * bits / 8;
  return little(uint64_t(kind), 2) + little(uint64_t(channels), 2) +
         little(uint64_t(rate), 4) + little(uint64_t(rate * frame), 4) +
         little(uint64_t(frame), 2) + little(uint64_t(bits), 2);
}

std::string wav_complaint(const std::string& bytes) {
  const std::string message = error_of([&] { parse_wav(bytes_of(bytes)); });
  const std::string start = "read_wav: bytes: ";
  return message.starts_with(start) ? message.substr(start.size()) : message;
}

}  // namespace

BOOST_AUTO_TEST_CASE(samples_of_every_format) {
  const auto read = [](int kind, int bits, const std::string& data, int channels = 1) {
    const Wav wav =
        parse_wav(bytes_of(wav_of(format_of(kind, channels, 8000, bits), data)));
    BOOST_TEST(wav.rate == 8000);
    BOOST_TEST(wav.samples.size(0) == channels);
    return numbers(wav.samples);
  };
  BOOST_TEST(read(1, 8, "\x80\x00\xc0"s) == (Numbers{0, -1, 0.5}), tt::per_element());
  BOOST_TEST(read(1, 16, "\x00\x40\x00\x80\xff\xff"s) == (Numbers{0.5, -1, -1.0 / 32768}),
             tt::per_element());
  BOOST_TEST(read(1, 24, "\x00\x00\x40\x00\x00\x80"s) == (Numbers{0.5, -1}),
             tt::per_element());
  BOOST_TEST(read(1, 32, "\x00\x00\x00\x40\x00\x00\x00\x80"s) == (Numbers{0.5, -1}),
             tt::per_element());
  BOOST_TEST(read(3, 32, "\x00\x00\x00\x3f\x00\x00\x20\xc0"s) == (Numbers{0.5, -2.5}),
             tt::per_element());
  BOOST_TEST(read(3, 64, "\x00\x00\x00\x00\x00\x00\xe0\x3f"s) == (Numbers{0.5}),
             tt::per_element());
  // Two channels: left, right, left, right.
  BOOST_TEST(read(1, 8, "\x80\x00\xc0\x40"s, 2) == (Numbers{0, 0.5, -1, -0.5}),
             tt::per_element());
  BOOST_TEST(read(1, 16, "").empty());
  // The extensible format; another chunk, of odd length, in between.
  const std::string extensible = format_of(0xfffe, 1, 8000, 16) + little(22, 2) +
                                 little(16, 2) + little(4, 4) + little(1, 2) +
                                 std::string(14, 'x');
  const Wav wav = parse_wav(
      bytes_of(wav_of(extensible, "\x00\x40"s, "LIST" + little(3, 4) + "abc" + "\0"s)));
  BOOST_TEST(numbers(wav.samples) == (Numbers{0.5}), tt::per_element());
}

BOOST_AUTO_TEST_CASE(sound_comes_back_as_it_was_written) {
  const Tensor tone = stack(
      {(arange(100).to(f32) * 0.1).sin() * 0.9, (arange(100).to(f32) * 0.2).cos() * 0.5});
  const std::string path = folder / "tone.wav";
  const std::vector<std::pair<WavFormat, double>> formats{{WavFormat::pcm8, 1.0 / 256},
                                                          {WavFormat::pcm16, 1.0 / 65536},
                                                          {WavFormat::pcm24, 1e-7},
                                                          {WavFormat::pcm32, 1e-7},
                                                          {WavFormat::float32, 0}};
  for (const auto& [format, error] : formats) {
    write_wav(path, tone, 44100, format);
    const Wav wav = read_wav(path);
    BOOST_TEST((wav.rate == 44100 && wav.samples.shape() == Shape{2, 100}));
    BOOST_TEST((wav.samples - tone).abs().max().item() <= error + 1e-9);
  }
  write_wav(path, tensor({2.0, -2.0, double(NAN)}), 8000);
  BOOST_TEST(numbers(read_wav(path).samples) == (Numbers{32767.0 / 32768, -1, 0}),
             tt::per_element());
  BOOST_TEST(contents(path).size() == 44 + 6u);
  write_wav(path, tensor({0.5}), 8000, WavFormat::pcm8);
  BOOST_TEST(contents(path).size() == 44 + 2u);  // one byte, and one that makes it even
  BOOST_TEST(
      fails_with("samples are (channels,frames) or (frames), floating point; got i64",
                 [&] { write_wav(path, arange(4), 8000); }));
  BOOST_TEST(fails_with("0 frames a second", [&] { write_wav(path, zeros({4}), 0); }));
}

BOOST_AUTO_TEST_CASE(sound_that_is_none) {
  const std::string good = wav_of(format_of(1, 2, 8000, 16), "abcdefgh");
  BOOST_TEST(wav_complaint("") == "offset 0: expected a header of 12 bytes, found 0");
  BOOST_TEST(wav_complaint("OggS" + good.substr(4)) ==
             "offset 0: expected RIFF, found OggS\n  hint: is it a WAV file?");
  BOOST_TEST(wav_complaint(good.substr(0, good.size() - 1)) ==
             "offset 36: expected a chunk 'data' of 8 bytes, found 7\n"
             "  hint: was all of the file copied?");
  BOOST_TEST(wav_complaint(good.substr(0, 36)) ==
             "offset 36: expected a chunk 'data', found the end\n"
             "  hint: was all of the file copied?");
  BOOST_TEST(wav_complaint(wav_of(format_of(1, 2, 8000, 16), "abcdef")) ==
             "offset 44: expected whole frames of 4 bytes, found 6 bytes");
  BOOST_TEST(wav_complaint(wav_of(format_of(1, 1, 8000, 12), "ab")) ==
             "offset 20: expected PCM of 8, 16, 24 or 32 bits or floats of 32 or 64, found "
             "format 1 of 12 bits");
  BOOST_TEST(wav_complaint(wav_of(format_of(1, 0, 8000, 8), "ab")) ==
             "offset 22: expected 1 to 256 channels, found 0");
  BOOST_TEST(wav_complaint(wav_of(format_of(1, 1, 0, 8), "ab")) ==
             "offset 24: expected a rate of 1 at least, found 0");
  std::string frame = good;
  frame[32] = 9;
  BOOST_TEST(wav_complaint(frame) == "offset 32: expected 4 bytes a frame, found 9");
  BOOST_TEST(wav_complaint("RIFF____WAVEdata" + little(0, 4)) ==
             "offset 12: expected a chunk 'fmt ' before the data, found none");
  BOOST_TEST(wav_complaint("RIFF____WAVEfmt " + little(4, 4) + "abcd") ==
             "offset 20: expected a format of 16 bytes, found 4");
}

// ---- text -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(text_of_utf8) {
  BOOST_TEST(parse_text("\xef\xbb\xbf"
                        "a\r\nb\rc\n") == "a\nb\nc\n");
  const std::string letters =
      "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80";  // two to four bytes
  BOOST_TEST(parse_text(letters) == letters);
  write(folder / "t.txt", "one\n\nthree");
  BOOST_TEST(
      (read_lines(folder / "t.txt") == std::vector<std::string>{"one", "", "three"}));
  write(folder / "t.txt", "one\n");
  BOOST_TEST((read_lines(folder / "t.txt") == std::vector<std::string>{"one"}));
  const auto refused = [](const std::string& bytes) {
    return error_of([&] { parse_text(bytes); });
  };
  BOOST_TEST(refused("ab\xff") ==
             "read_text: text: offset 2: expected a character of UTF-8, found the byte ff\n"
             "  hint: is it text, and in this encoding?");
  for (const std::string bad :
       {"\xc3", "\xe2\x82", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\x80", "\xc3("}) {
    BOOST_TEST(refused(bad) != "");
  }
}

// ---- IDX in memory ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(idx_in_memory) {
  const std::string file =
      "\0\0\x08\x01\0\0\0\x03"s
      "\x05\x06\x07";
  BOOST_TEST(numbers(parse_idx(bytes_of(file))) == (Numbers{5, 6, 7}), tt::per_element());
  write_idx(folder / "x.gz", tensor({1, 2, 3}, u8));
  const std::string packed = contents(folder / "x.gz");
  BOOST_TEST(numbers(parse_idx(bytes_of(packed))) == (Numbers{1, 2, 3}), tt::per_element());
  BOOST_TEST(fails_with("read_idx: bytes: offset 8: expected 3 bytes",
                        [&] { parse_idx(bytes_of(file.substr(0, 10))); }));
  BOOST_TEST(fails_with("read_idx: m: offset 0: expected a header of 4 bytes, found 0",
                        [] { parse_idx({}, "m"); }));
}
