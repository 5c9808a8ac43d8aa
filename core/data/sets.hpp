// The course's tables, or tables that can stand in for them.
//
// Each loader takes the folder of the data sets (a lesson's --data). Where the real set
// lies in it, that is what comes; where it does not, or the folder is empty, a generated
// table of the same kind does: a file of data/ says by which law. Generated ones are the
// same bytes everywhere. A real set that is there but broken is an error.
//
//     const auto airfoil = data::load_airfoil(lesson.data());
//     lesson.print("{}: {} rows", airfoil.source, airfoil.features.size(0));
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/table.hpp"

namespace hg::data {

/// Numbers in, a number out.
struct Regression {
  Tensor features;                 // (N,F) f32, each column in its own unit
  Tensor targets;                  // (N,1) f32
  std::vector<std::string> names;  // of the features
  std::string target_name;
  bool real;           // measured, not generated
  std::string source;  // "NASA airfoil self-noise in FOLDER", "the bundled airfoil table"
};

/// How loud is an airfoil in the wind? 1503 rows of frequency (Hz), angle of attack
/// (degrees), chord (m), speed of the air (m/s) and thickness of its slow layer (m);
/// the target is a level in dB. The real one: airfoil/airfoil_self_noise.dat.
///
/// Both are curved: a straight line explains about half of the variance. With all columns
/// standardised (over all rows), least squares on the first 1500 leaves MSE/2 = 0.2417 of
/// the real table and 0.2809 of the bundled one, and no straight line leaves less.
Regression load_airfoil(const std::filesystem::path& data = {});

/// What is a house worth? 506 rows of 13 numbers about a district, among them the rooms,
/// the age and the way to work; the target is a price in thousands. Always generated: a
/// straight line with a little noise, so that a linear model can reach an R2 of 0.99.
Regression load_housing();

/// What did a house sell for? Id, many columns of numbers and words, some missing, and in
/// the training part SalePrice.
struct HousePrices {
  Table train;  // with SalePrice, the last column
  Table test;   // without
  bool real;
  std::string source;
};

/// The real ones: Ames, Iowa, 1460 rows and 81 columns to train on, 1459 to predict, in
/// house-prices/kaggle_house_pred_train.csv and ..._test.csv. The bundled ones have as many
/// rows and 26 columns; the logarithm of the price is what their law is about.
HousePrices load_house_prices(const std::filesystem::path& data = {});

/// Numbers and words in, a class out.
struct Classification {
  Table train, test;                 // the inputs
  Tensor train_labels, test_labels;  // (N) i64: 0 or 1
  std::vector<std::string> classes;  // their names, that of 0 first
  bool real;
  std::string source;
};

/// Who earns much? Numbers and words about people, some missing. The real one: Adult, from
/// the census of 1994, 32561 and 16281 rows of 14 columns, in uci-tabular/adult-train.csv
/// and adult-test.csv. The bundled one: 6000 and 3000 rows of 12 columns. In both, about a
/// quarter belongs to class 1.
Classification load_adult(const std::filesystem::path& data = {});

/// Is a tumour malign? 699 rows of nine numbers from 1 to 10, 16 of them missing, in
/// uci-tabular/breast-cancer-wisconsin.data; every fifth row is for testing. There is no
/// stand-in: throws if the file is not there.
Classification load_breast_cancer(const std::filesystem::path& data);

/// Where `make data` puts the sets: data/sets of the source tree that the program lies in.
/// Empty if there is no such folder.
std::filesystem::path fetched_folder(
    const std::filesystem::path& program = "/proc/self/exe");

}  // namespace hg::data
