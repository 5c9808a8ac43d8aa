// Pictures and tables that need no download.
//
// The bundled set of garments has the shape of Fashion-MNIST: grey images of 28x28 pixels,
// garments on black, ten classes with the same names in the same order. But none of it is a
// photo: data/garments.cpp cuts every piece from random measures. The drawings have the
// shape of CIFAR-10, 32x32 pixels in colour, and ten classes of their own. All is reckoned
// in integers, so every machine and every compiler gets the same bytes. So are the tables,
// one file of data/ each.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace hg::data {

/// Grey images in one block: the pixel in row r and column c of image n is
/// pixels[(n*height + r)*width + c], 0 black to 255 white; its class is labels[n].
struct GreyImages {
  int64_t count = 0, height = 0, width = 0;
  std::vector<uint8_t> pixels, labels;
};

/// The ten classes of garments by label, 0 first.
inline constexpr std::array garment_names{"t-shirt", "trouser",   "pullover", "dress",
                                          "coat",    "sandal",    "shirt",    "sneaker",
                                          "bag",     "ankle boot"};

/// A beginning of a seed's row of images: as many as Fashion-MNIST has, to train on and to
/// test on.
struct GarmentSet {
  uint64_t seed;
  int64_t count;
};
inline constexpr GarmentSet garments_train{1, 60000}, garments_test{2, 10000};

/// `count` images of the endless row that belongs to `seed`, from number `first` on,
/// 28x28 pixels each. Image n depends on (seed, n) alone, so a short set is the beginning
/// of a long one. Images 0 to 9 show each class once, in random order, as do 10 to 19,
/// and so on.
GreyImages generate_garments(uint64_t seed, int64_t count, int64_t first = 0);

/// Pictures in colour in one block, a plane of red, one of green, one of blue for each: the
/// pixel in row r and column c of plane p of image n is
/// pixels[((n*3 + p)*height + r)*width + c]; its class is labels[n].
struct ColorImages {
  int64_t count = 0, height = 0, width = 0;
  std::vector<uint8_t> pixels, labels;
};

/// The ten classes of drawings by label, 0 first.
inline constexpr std::array drawing_names{"car",      "truck",  "boat", "house", "tree",
                                          "mushroom", "flower", "fish", "bird",  "cup"};

/// Drawn things of ten kinds, 32x32 pixels each, in colours, poses and places at random.
/// `seed`, `count` and `first` as for garments; seed 1 is to train on, 2 to test on.
ColorImages generate_drawings(uint64_t seed, int64_t count, int64_t first = 0);

// ---- tables, as the text of the files they stand in for -------------------------------

/// 1503 lines of six numbers with tabs between: airfoil_self_noise.dat.
std::string generate_airfoil();

/// 506 lines of 13 numbers and a price, behind a line of names.
std::string generate_housing();

/// One file to train on, one to test on.
struct TwoTables {
  std::string train, test;
};

/// 1460 and 1459 lines behind a line of names; only the first has SalePrice.
TwoTables generate_house_prices();

/// 6000 and 3000 lines without names in the spelling of the census files: a blank behind
/// each comma, '?' for what is missing, and a full stop behind the classes to test on.
TwoTables generate_incomes();

/// The columns of generate_incomes(), the class last.
inline constexpr std::array income_columns{
    "age",    "sector",    "schooling", "degree",  "occupation", "household", "hours",
    "tenure", "languages", "gain",      "commute", "region",     "income"};

}  // namespace hg::data
