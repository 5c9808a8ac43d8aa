// The bundled tables, the real ones they stand in for, and z-scores.
#define BOOST_TEST_MODULE data_sets
#include "data/sets.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "../data/curves.hpp"
#include "../data/sheet.hpp"
#include "data/bytes.hpp"
#include "data/generated.hpp"
#include "data/standardize.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "support/sha256.hpp"

using namespace hg;
using namespace hg::data;
using hg::test::error_of;
using hg::test::Numbers;
using hg::test::numbers;
using hg::test::sha256;
namespace fs = std::filesystem;
namespace tt = boost::test_tools;

namespace {

const hg::test::Folder folder;

void write(const std::string& name, const std::string& text) {
  const fs::path path = folder / name;
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

std::string digest(const std::string& text) { return sha256(bytes_of(text)); }

// The mean square that is left of y, (N,1), by the best straight line in x, (N,F): the
// normal equations, eliminated with the largest pivot.
double least_squares(const Tensor& x, const Tensor& y) {
  const int64_t rows = x.size(0), width = x.size(1) + 1;
  const Numbers xs = numbers(x), ys = numbers(y);
  const auto at = [&](int64_t n, int64_t f) {
    return f + 1 == width ? 1 : xs[size_t(n * (width - 1) + f)];
  };
  std::vector<Numbers> a(size_t(width), Numbers(size_t(width) + 1));
  for (int64_t n = 0; n < rows; ++n) {
    for (int64_t i = 0; i < width; ++i) {
      for (int64_t j = 0; j < width; ++j) a[size_t(i)][size_t(j)] += at(n, i) * at(n, j);
      a[size_t(i)][size_t(width)] += at(n, i) * ys[size_t(n)];
    }
  }
  for (size_t i = 0; i < size_t(width); ++i) {
    size_t pivot = i;
    for (size_t r = i; r < size_t(width); ++r) {
      if (std::abs(a[r][i]) > std::abs(a[pivot][i])) pivot = r;
    }
    std::swap(a[i], a[pivot]);
    for (size_t r = 0; r < size_t(width); ++r) {
      if (r == i) continue;
      const double factor = a[r][i] / a[i][i];
      for (size_t c = i; c <= size_t(width); ++c) a[r][c] -= factor * a[i][c];
    }
  }
  double sum = 0;
  for (int64_t n = 0; n < rows; ++n) {
    double miss = -ys[size_t(n)];
    for (size_t f = 0; f < size_t(width); ++f) {
      miss += at(n, int64_t(f)) * a[f][size_t(width)] / a[f][f];
    }
    sum += miss * miss;
  }
  return sum / double(rows);
}

}  // namespace

// ---- what the tables are made with ------------------------------------------------------

BOOST_AUTO_TEST_CASE(logarithms_in_integers) {
  BOOST_TEST(log2_steps(1) == 0);
  BOOST_TEST(log2_steps(2) == octave);
  BOOST_TEST(log2_steps(uint64_t{1} << 40) == 40 * octave);
  for (uint64_t n = 1; n < 5'000'000'000; n = n * 9 / 7 + 1) {
    const double exact = std::log2(double(n)) * octave;
    BOOST_TEST(std::abs(double(log2_steps(n)) - exact) < 1.5, n << " " << exact);
  }
  BOOST_TEST(exp2_steps(10 * octave) == 1024);
  BOOST_TEST(exp2_steps(-1) == 0);
  BOOST_TEST(std::abs(exp2_steps(20 * octave + octave / 2) - 1482910) < 40);
  BOOST_TEST(millibels(octave) == 3010);  // a factor of two is 3.01 dB
}

BOOST_AUTO_TEST_CASE(numbers_with_a_point) {
  Sheet sheet(", ");
  sheet.add(3048, 4);
  sheet.add(-5, 2);
  sheet.add(70);
  sheet.add("word");
  sheet.end_row();
  sheet.add(0, 1);
  sheet.end_row();
  BOOST_TEST(sheet.text() == "0.3048, -0.05, 70, word\n0.0\n");
}

BOOST_AUTO_TEST_CASE(the_tables_are_the_same_bytes_on_every_machine) {
  BOOST_TEST(digest(generate_airfoil()) ==
             "388e4b1668f2edd2d3803c60a5f1e6e524b718f626f61f998d6904f421bb2b15");
  BOOST_TEST(digest(generate_housing()) ==
             "062b65011e93d214d5293571c2287f7a5bb45242fc74677169c3287edd30d02e");
  const TwoTables houses = generate_house_prices(), people = generate_incomes();
  BOOST_TEST(digest(houses.train) ==
             "2b9618c67e359761635a54b4f43f0db686c5af93801fa00c86ed45f1e517c596");
  BOOST_TEST(digest(houses.test) ==
             "c5a440180dae1a58de64bcefd71db6bd10bdca4336ade70d78a5e0690dee4c90");
  BOOST_TEST(digest(people.train) ==
             "24c2e50de9db9bd92457280efd9c3477440024ad975beccbca0b97c96a73657e");
  BOOST_TEST(digest(people.test) ==
             "2598ae9805ae2f8b90f9ce1f31a7e64505c5c77e8f05688eae34cd4ead265da0");
}

// ---- loaders ----------------------------------------------------------------------------

// NumPy's lstsq finds the same two floors, 0.24168... in the real table.
BOOST_AUTO_TEST_CASE(airfoils) {
  const Regression set = load_airfoil();
  BOOST_TEST((!set.real && set.source == "the bundled airfoil table"));
  BOOST_TEST(
      (set.features.shape() == Shape{1503, 5} && set.targets.shape() == Shape{1503, 1}));
  BOOST_TEST((set.features.dtype() == f32 && set.target_name == "level"));
  BOOST_TEST((set.names == std::vector<std::string>{"frequency", "angle", "chord", "speed",
                                                    "thickness"}));
  BOOST_TEST((numbers(set.features.min(0).values)[0] == 200));
  const Tensor x = Standardizer::fit(set.features).transform(set.features);
  const Tensor y = Standardizer::fit(set.targets).transform(set.targets);
  const double floor =
      least_squares(x.narrow(0, 0, 1500).to(f64), y.narrow(0, 0, 1500).to(f64)) / 2;
  BOOST_TEST(std::abs(floor - 0.2809) < 5e-5);

  write("a/airfoil/airfoil_self_noise.dat",
        "800\t0\t0.3048\t71.3\t0.00266337\t126.201\n"
        "1000\t0\t0.3048\t71.3\t0.00266337\t125.201\n");
  const Regression real = load_airfoil(folder.path / "a");
  BOOST_TEST((real.real && real.features.shape() == Shape{2, 5}));
  BOOST_TEST(real.source ==
             "NASA airfoil self-noise in " + (folder.path / "a/airfoil").string());
  BOOST_TEST(numbers(real.targets)[1] == double(125.201f));
  // A folder without the set: the bundled one. With a broken one: an error.
  BOOST_TEST(!load_airfoil(folder.path).real);
  write("a/airfoil/airfoil_self_noise.dat", "800\t0\t0.3\t71.3\t0.002\tloud\n");
  BOOST_TEST(error_of([] { load_airfoil(folder.path / "a"); }) ==
             "load_airfoil: NASA airfoil self-noise in " +
                 (folder.path / "a/airfoil").string() +
                 ": expected numbers in column 'level', found words");
  fs::remove(folder.path / "a/airfoil/airfoil_self_noise.dat");
  BOOST_TEST(
      hg::test::fails_with("cannot be opened", [] { load_airfoil(folder.path / "a"); }));
}

BOOST_AUTO_TEST_CASE(districts) {
  const Regression set = load_housing();
  BOOST_TEST(
      (set.features.shape() == Shape{506, 13} && set.targets.shape() == Shape{506, 1}));
  BOOST_TEST((set.target_name == "price" && set.names[5] == "rooms"));
  const Tensor x = Standardizer::fit(set.features).transform(set.features);
  const Tensor y = Standardizer::fit(set.targets).transform(set.targets);
  const double left = least_squares(x.to(f64), y.to(f64));  // 1 - R2
  BOOST_TEST((0.001 < left && left < 0.005));
}

BOOST_AUTO_TEST_CASE(house_prices) {
  const HousePrices set = load_house_prices();
  BOOST_TEST((!set.real && set.train.row_count() == 1460 && set.test.row_count() == 1459));
  BOOST_TEST((set.train.column_count() == 26 && set.test.column_count() == 25));
  const Column& price = set.train["SalePrice"];
  BOOST_TEST(
      (price.kind() == Column::Kind::whole && set.train.names().back() == "SalePrice"));
  BOOST_TEST((set.train["Id"].number(0) == 1 && set.test["Id"].number(0) == 1461));
  double sum = 0, squares = 0, lowest = INFINITY;
  for (const double p : price.numbers()) {
    sum += std::log(p);
    squares += std::log(p) * std::log(p);
    lowest = std::min(lowest, p);
  }
  const double mean = sum / 1460, deviation = std::sqrt(squares / 1460 - mean * mean);
  BOOST_TEST((lowest > 20000 && 0.35 < deviation && deviation < 0.42));
  // Skew as prices are: the mean lies above the middle one.
  BOOST_TEST(price.mean() > std::exp(mean) * 1.04);
  int words = 0, gaps = 0;
  for (const Column& c : set.train) {
    words += c.is_text();
    gaps += c.missing_count() > 0;
  }
  BOOST_TEST((words == 10 && gaps == 7), words << " " << gaps);
  BOOST_TEST(concat({set.train.drop({"SalePrice"}), set.test}).row_count() == 2919);

  write("h/house-prices/kaggle_house_pred_train.csv", "Id,A,SalePrice\n1,x,100\n");
  write("h/house-prices/kaggle_house_pred_test.csv", "Id,A\n2,NA\n");
  const HousePrices real = load_house_prices(folder.path / "h");
  BOOST_TEST((real.real && real.test["A"].missing(0)));
  write("h/house-prices/kaggle_house_pred_test.csv", "Id,B\n2,y\n");
  BOOST_TEST(hg::test::fails_with("expected the columns of the test part, and SalePrice",
                                  [] { load_house_prices(folder.path / "h"); }));
}

BOOST_AUTO_TEST_CASE(incomes) {
  const Classification set = load_adult();
  BOOST_TEST((!set.real && set.train.row_count() == 6000 && set.test.row_count() == 3000));
  BOOST_TEST((set.train.column_count() == 12 && set.train.names() == set.test.names()));
  BOOST_TEST((set.train_labels.shape() == Shape{6000} && set.train_labels.dtype() == i64));
  BOOST_TEST((set.classes == std::vector<std::string>{"<=50K", ">50K"}));
  const double share = set.train_labels.to(f64).mean().item();
  BOOST_TEST((0.22 < share && share < 0.29));
  BOOST_TEST((set.train["sector"].missing_count() > 200 && set.train["sector"].is_text()));
  BOOST_TEST((set.train["tenure"].missing_count() > 100 && !set.train["tenure"].is_text()));

  const std::string person =
      "39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, "
      "White, Male, 2174, 0, 40, ?, ";
  write("c/uci-tabular/adult-train.csv", person + "<=50K\n" + person + ">50K\n\n");
  write("c/uci-tabular/adult-test.csv", person + ">50K.\n");
  const Classification real = load_adult(folder.path / "c");
  BOOST_TEST((real.real && real.train.column_count() == 14));
  BOOST_TEST(numbers(real.train_labels) == (Numbers{0, 1}), tt::per_element());
  BOOST_TEST(numbers(real.test_labels) == (Numbers{1}), tt::per_element());
  BOOST_TEST((real.train["native-country"].missing(0) &&
              real.train["workclass"].text(0) == "State-gov"));
  write("c/uci-tabular/adult-test.csv", person + "rich\n");
  BOOST_TEST(error_of([] { load_adult(folder.path / "c"); }) ==
             "load_adult: " + (folder.path / "c/uci-tabular/adult-test.csv").string() +
                 ": expected class <=50K or >50K, found 'rich' in row 0");
}

BOOST_AUTO_TEST_CASE(tumours) {
  std::string text;
  for (int i = 0; i < 10; ++i)
    text += "1000025,5,1,1,1,2,?,3,1,1," + std::string(i < 5 ? "2\n" : "4\n");
  write("b/uci-tabular/breast-cancer-wisconsin.data", text);
  const Classification set = load_breast_cancer(folder.path / "b");
  BOOST_TEST((set.train.row_count() == 8 && set.test.row_count() == 2));
  BOOST_TEST(
      (set.train.column_count() == 9 && set.train["bare_nuclei"].missing_count() == 8));
  BOOST_TEST(numbers(set.train_labels) == (Numbers{0, 0, 0, 0, 1, 1, 1, 1}),
             tt::per_element());
  BOOST_TEST(numbers(set.test_labels) == (Numbers{0, 1}), tt::per_element());
  BOOST_TEST(
      error_of([] { load_breast_cancer({}); }) ==
      "load_breast_cancer: there is no folder of data sets\n  hint: make data fetches "
      "it; --data or HANDGRAD_DATA names the folder");
}

BOOST_AUTO_TEST_CASE(what_was_fetched_is_found_from_the_program) {
  write("tree/build/lessons/ch01/50_first", "");
  const fs::path tree = folder.path / "tree",
                 program = tree / "build/lessons/ch01/50_first";
  fs::create_directories(tree / "data/sets");
  BOOST_TEST(fetched_folder(program).empty());  // a folder of that name, but not ours
  write("tree/data/fetch", "");
  BOOST_TEST(fetched_folder(program) == fs::canonical(tree) / "data/sets");
  fs::remove(tree / "data/sets");
  BOOST_TEST(fetched_folder(program).empty());
  BOOST_TEST(fetched_folder(tree / "nowhere").empty());
}

// ---- z-scores ---------------------------------------------------------------------------

// Column 0 is 1, 3, 5: mean 3, squares 4, 0, 4, deviation sqrt(8/3), or 2 with correction 1.
// Column 1 has no spread; column 2 lacks a value: 2 and 4, mean 3, deviation 1.
BOOST_AUTO_TEST_CASE(columns_are_brought_to_one_scale) {
  const Tensor x =
      tensor({1.0, 7.0, 2.0, 3.0, 7.0, double(NAN), 5.0, 7.0, 4.0}).reshape({3, 3});
  const Standardizer scale = Standardizer::fit(x);
  const Numbers means = numbers(scale.mean()), deviations = numbers(scale.std());
  BOOST_TEST(means == (Numbers{3, 7, 3}), tt::per_element());
  BOOST_TEST((std::abs(deviations[0] - std::sqrt(8.0 / 3)) < 1e-12 && deviations[1] == 1 &&
              deviations[2] == 1));
  const Tensor z = scale.transform(x);
  const float root = float(2 / std::sqrt(8.0 / 3));
  BOOST_TEST(z.allclose(
      tensor({-root, 0.0f, -1.0f, 0.0f, 0.0f, NAN, root, 0.0f, 1.0f}).reshape({3, 3}), 1e-6,
      1e-6, true));
  BOOST_TEST(scale.inverse(z).allclose(x, 1e-6, 1e-6, true));
  BOOST_TEST(numbers(Standardizer::fit(x, 1).std())[0] == 2);

  // New rows are measured with the old scale; one column may be flat; types are kept.
  const Tensor ages = tensor({2, 4, 6});
  const Standardizer flat = Standardizer::fit(ages, 1);
  BOOST_TEST(numbers(flat.transform(tensor({10.0}))) == (Numbers{3}), tt::per_element());
  BOOST_TEST((flat.transform(ages).dtype() == f32));
  BOOST_TEST((flat.transform(ages.to(f64)).dtype() == f64));
  BOOST_TEST(error_of([&] {
               scale.transform(zeros({3, 2}));
             }) == "Standardizer: it was fitted to 3 columns; got (3,2)");
  BOOST_TEST(error_of([] {
               Standardizer::fit(zeros({1, 2, 3}));
             }) == "Standardizer: x is (N,F) or (N); got (1,2,3)");
  // Large numbers that differ little keep their digits.
  const Tensor large = tensor({1e9, 1e9 + 1, 1e9 + 2}, f64);
  BOOST_TEST(std::abs(numbers(Standardizer::fit(large).std())[0] - std::sqrt(2.0 / 3)) <
             1e-9);
}

BOOST_AUTO_TEST_CASE(tables_are_brought_to_one_scale) {
  const Table table({Column("a", {1, 3, 5}),
                     Column("word", {"x", "y", "z"}, {false, false, false}),
                     Column("b", {2, NAN, 4})});
  const Standardizer scale = Standardizer::fit(table, 1);
  const Table z = scale.transform(table);
  BOOST_TEST((z.names() == table.names()));
  BOOST_TEST((z["a"].number(0) == -1 && z["a"].number(2) == 1 && z["b"].missing(1)));
  BOOST_TEST(z["word"].text(2) == "z");
  const Table back = scale.inverse(z);
  BOOST_TEST((back["a"].number(2) == 5 && back["b"].missing(1)));
  // With missing numbers filled by 0, the mean of every column, as lesson 4.10 does it.
  BOOST_TEST(z.fillna(0)["b"].number(1) == 0);
  BOOST_TEST(hg::test::fails_with("there is no column 'b'",
                                  [&] { scale.transform(table.drop({"b"})); }));
}
