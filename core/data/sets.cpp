#include "data/sets.hpp"

#include <algorithm>
#include <cstdlib>

#include "data/csv.hpp"
#include "data/generated.hpp"

namespace hg::data {
namespace {

namespace fs = std::filesystem;

// Is the set there? A folder of its name decides; what is wrong inside it is an error.
bool is_there(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder, ignored);
}

[[noreturn]] void refuse(const char* loader, const std::string& name,
                         const std::string& expected, const std::string& found) {
  throw Error(loader, name + ": expected " + expected + ", found " + found);
}

// The last column is the target, the others are features; all are numbers.
Regression regression(const char* loader, const Table& table, bool real,
                      const std::string& source) {
  for (const Column& c : table) {
    if (c.is_text() || c.missing_count() > 0) {
      refuse(loader, source, "numbers in column '" + c.name() + "'",
             c.is_text() ? "words" : std::to_string(c.missing_count()) + " missing ones");
    }
  }
  const Table features = table.columns(0, -1), target = table.columns(-1, INT64_MAX);
  return {features.to_tensor(),
          target.to_tensor(),
          features.names(),
          target.names()[0],
          real,
          source};
}

}  // namespace

Regression load_airfoil(const fs::path& data) {
  CsvOptions options;
  options.separator = ' ';
  options.header = false;
  options.names = {"frequency", "angle", "chord", "speed", "thickness", "level"};
  const fs::path folder = data / "airfoil";
  if (data.empty() || !is_there(folder)) {
    return regression("load_airfoil", parse_csv(generate_airfoil(), options), false,
                      "the bundled airfoil table");
  }
  const fs::path file = folder / "airfoil_self_noise.dat";
  return regression("load_airfoil", read_csv(file.string(), options), true,
                    "NASA airfoil self-noise in " + folder.string());
}

Regression load_housing() {
  return regression("load_housing", parse_csv(generate_housing()), false,
                    "the bundled housing table");
}

HousePrices load_house_prices(const fs::path& data) {
  const fs::path folder = data / "house-prices";
  if (data.empty() || !is_there(folder)) {
    const TwoTables text = generate_house_prices();
    return {parse_csv(text.train), parse_csv(text.test), false, "the bundled house prices"};
  }
  const std::string train_file = (folder / "kaggle_house_pred_train.csv").string();
  const std::string test_file = (folder / "kaggle_house_pred_test.csv").string();
  HousePrices set{read_csv(train_file), read_csv(test_file), true,
                  "house prices of Ames, Iowa in " + folder.string()};
  // Both parts go through the same steps, so they must have the same columns.
  std::vector<std::string> expected = set.test.names();
  expected.push_back("SalePrice");
  if (set.train.names() != expected) {
    refuse("load_house_prices", train_file, "the columns of the test part, and SalePrice",
           "other ones");
  }
  if (set.train["SalePrice"].is_text()) {
    refuse("load_house_prices", train_file, "numbers in column 'SalePrice'", "words");
  }
  return set;
}

// ---- classes ----------------------------------------------------------------------------

namespace {

// The label of each row: which of the two words (or numbers) stands there?
Tensor labels_of(const char* loader, const std::string& name, const Column& column,
                 const std::vector<std::string>& words) {
  std::vector<int64_t> labels;
  for (int64_t row = 0; row < column.size(); ++row) {
    std::string word = column.written(row);
    if (word.ends_with('.')) word.pop_back();  // as the census has it in its test part
    const auto at = std::find(words.begin(), words.end(), word);
    if (at == words.end()) {
      refuse(loader, name, "class " + words[0] + " or " + words[1],
             "'" + word + "' in row " + std::to_string(row));
    }
    labels.push_back(at - words.begin());
  }
  return tensor(labels);
}

constexpr std::array census_columns{"age",
                                    "workclass",
                                    "fnlwgt",
                                    "education",
                                    "education-num",
                                    "marital-status",
                                    "occupation",
                                    "relationship",
                                    "race",
                                    "sex",
                                    "capital-gain",
                                    "capital-loss",
                                    "hours-per-week",
                                    "native-country",
                                    "income"};

template <size_t N>
CsvOptions census_options(const std::array<const char*, N>& names) {
  CsvOptions options;
  options.header = false;
  options.names.assign(names.begin(), names.end());
  options.missing = {"?"};
  options.trim = true;
  return options;
}

Classification census(const std::string& train_name, const Table& train,
                      const std::string& test_name, const Table& test, bool real,
                      const std::string& source) {
  const std::vector<std::string> classes{"<=50K", ">50K"};
  return {train.columns(0, -1),
          test.columns(0, -1),
          labels_of("load_adult", train_name, train.column(-1), classes),
          labels_of("load_adult", test_name, test.column(-1), classes),
          classes,
          real,
          source};
}

}  // namespace

Classification load_adult(const fs::path& data) {
  const fs::path folder = data / "uci-tabular";
  const fs::path train = folder / "adult-train.csv", test = folder / "adult-test.csv";
  // Several sets share this folder, so it takes a file to say that this one is there.
  if (data.empty() || !(fs::exists(train) || fs::exists(test))) {
    const CsvOptions options = census_options(income_columns);
    const TwoTables text = generate_incomes();
    return census("train", parse_csv(text.train, options), "test",
                  parse_csv(text.test, options), false, "the bundled incomes");
  }
  const CsvOptions options = census_options(census_columns);
  return census(train.string(), read_csv(train.string(), options), test.string(),
                read_csv(test.string(), options), true, "Adult in " + folder.string());
}

Classification load_breast_cancer(const fs::path& data) {
  const fs::path folder = data / "uci-tabular";
  const std::string file = (folder / "breast-cancer-wisconsin.data").string();
  if (data.empty() || !fs::exists(file)) {
    throw Error("load_breast_cancer",
                "there is no " + (data.empty() ? "folder of data sets" : file),
                "make data fetches it; --data or HANDGRAD_DATA names the folder");
  }
  const Table table = read_csv(
      file, census_options(std::array{"id", "thickness", "cell_size", "cell_shape",
                                      "adhesion", "epithelial_size", "bare_nuclei",
                                      "chromatin", "nucleoli", "mitoses", "class"}));
  std::vector<int64_t> train, test;
  for (int64_t row = 0; row < table.row_count(); ++row) {
    (row % 5 == 4 ? test : train).push_back(row);
  }
  const Table inputs = table.columns(1, -1);
  const Tensor labels = labels_of("load_breast_cancer", file, table.column(-1), {"2", "4"});
  return {inputs.take(train),
          inputs.take(test),
          labels.index_select(0, tensor(train)),
          labels.index_select(0, tensor(test)),
          {"benign", "malign"},
          true,
          "breast cancer (Wisconsin) in " + folder.string()};
}

// ---- what make data has fetched ---------------------------------------------------------

fs::path fetched_folder(const fs::path& program) {
  std::error_code none;
  const fs::path file = fs::canonical(program, none);
  for (fs::path at = file.parent_path(); at.has_relative_path(); at = at.parent_path()) {
    // The script beside it tells our data/sets from another one.
    if (!fs::exists(at / "data" / "fetch", none)) continue;
    const fs::path sets = at / "data" / "sets";
    return is_there(sets) ? sets : fs::path();
  }
  return {};
}

}  // namespace hg::data
