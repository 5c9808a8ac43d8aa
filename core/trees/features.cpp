#include "trees/features.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

namespace hg::trees {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// The shortest text that reads back as the same number: 3, 0.25, 1e+30.
std::string text_of(double number) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number);
  return std::string(text, end);
}

// Gives each different text a place, in the order of the alphabet.
void encode(const std::vector<std::string>& texts, const std::vector<bool>& absent,
            Feature& feature, std::vector<double>& column) {
  std::map<std::string, double> place;
  for (size_t n = 0; n < texts.size(); ++n) {
    if (!absent[n]) place.emplace(texts[n], 0);
  }
  for (auto& [text, at] : place) {
    at = double(feature.categories.size());
    feature.categories.push_back(text);
  }
  column.resize(texts.size());
  for (size_t n = 0; n < texts.size(); ++n) {
    column[n] = absent[n] ? missing : place.at(texts[n]);
  }
}

// Numbers that are names: ordered as numbers, called by their digits.
void encode_numbers(Feature& feature, std::vector<double>& column) {
  std::vector<double> different;
  for (const double x : column) {
    if (!std::isnan(x)) different.push_back(x);
  }
  std::sort(different.begin(), different.end());
  different.erase(std::unique(different.begin(), different.end()), different.end());
  for (const double x : different) feature.categories.push_back(text_of(x));
  for (double& x : column) {
    if (std::isnan(x)) continue;
    x = double(std::lower_bound(different.begin(), different.end(), x) - different.begin());
  }
}

}  // namespace

Features::Features(const data::Table& table, const std::vector<std::string>& nominal)
    : row_count_(table.row_count()) {
  for (const data::Column& c : table) {
    const bool named = std::find(nominal.begin(), nominal.end(), c.name()) != nominal.end();
    Feature feature{c.name(), named || c.is_text()};
    std::vector<double> column;
    if (c.is_text()) {
      std::vector<std::string> texts;
      std::vector<bool> absent;
      for (int64_t n = 0; n < c.size(); ++n) {
        texts.push_back(c.text(n));
        absent.push_back(c.missing(n));
      }
      encode(texts, absent, feature, column);
    } else {
      column.assign(c.numbers().begin(), c.numbers().end());
      if (feature.nominal) encode_numbers(feature, column);
    }
    features_.push_back(std::move(feature));
    columns_.push_back(std::move(column));
  }
  check_names(nominal);
}

Features::Features(const Tensor& x, std::vector<std::string> names,
                   const std::vector<std::string>& nominal)
    : named_(!names.empty()) {
  if (x.dim() != 2) {
    throw Error("trees",
                "features are (N,F), a row for each sample; got " + x.shape().to_string());
  }
  const auto [rows, width] = x.sizes<2>();
  if (!named_) {
    for (int64_t f = 0; f < width; ++f) names.push_back("x" + std::to_string(f));
  }
  if (int64_t(names.size()) != width) {
    throw Error("trees", "features are " + x.shape().to_string() + ", but there are " +
                             std::to_string(names.size()) + " names");
  }
  const std::vector<double> values = x.to_vector<double>();
  row_count_ = rows;
  for (int64_t f = 0; f < width; ++f) {
    Feature feature{names[size_t(f)]};
    feature.nominal =
        std::find(nominal.begin(), nominal.end(), feature.name) != nominal.end();
    std::vector<double> column(static_cast<size_t>(rows));
    for (int64_t n = 0; n < rows; ++n) column[size_t(n)] = values[size_t(n * width + f)];
    if (feature.nominal) encode_numbers(feature, column);
    features_.push_back(std::move(feature));
    columns_.push_back(std::move(column));
  }
  check_names(nominal);
}

void Features::check_names(const std::vector<std::string>& nominal) const {
  std::set<std::string> names;
  for (const Feature& f : features_) {
    if (!names.insert(f.name).second) {
      throw Error("trees", "two features are called '" + f.name + "'");
    }
  }
  for (const std::string& name : nominal) {
    if (!names.contains(name)) {
      throw Error("trees", "'" + name + "' is to be nominal, but there is no such feature");
    }
  }
}

namespace {

// The column of a feature, in the places that a model knows its categories by.
std::vector<double> translated(const Feature& from, std::span<const double> column,
                               const Feature& to, const std::string& operation) {
  std::vector<double> result(column.begin(), column.end());
  if (from == to) return result;
  const auto absent = [](double x) { return std::isnan(x); };
  if (std::all_of(column.begin(), column.end(), absent)) return result;
  if (!to.nominal) {
    if (!from.nominal) return result;
    throw Error(operation, "'" + to.name +
                               "' was a column of numbers in training; now it "
                               "holds names, such as '" +
                               from.categories[0] + "'");
  }
  std::map<std::string, double> known;
  for (const std::string& category : to.categories) {
    known.emplace(category, double(known.size()));
  }
  for (double& x : result) {
    if (std::isnan(x)) continue;
    const auto found = known.find(from.nominal ? from.categories[size_t(x)] : text_of(x));
    x = found == known.end() ? missing : found->second;
  }
  return result;
}

}  // namespace

Features Features::as_known(const std::vector<Feature>& known,
                            const std::string& operation) const {
  if (!named_ && size() != known.size()) {
    throw Error(operation, "x has " + std::to_string(size()) +
                               " columns, the model was trained on " +
                               std::to_string(known.size()));
  }
  std::map<std::string, size_t> place;
  for (size_t f = 0; f < size(); ++f) place.emplace(features_[f].name, f);
  Features result;
  result.row_count_ = row_count_;
  result.features_ = known;
  for (size_t f = 0; f < known.size(); ++f) {
    const auto found = place.find(known[f].name);
    if (named_ && found == place.end()) {
      throw Error(operation, "there is no column '" + known[f].name +
                                 "', which the model was trained on");
    }
    const size_t from = named_ ? found->second : f;
    result.columns_.push_back(
        translated(features_[from], columns_[from], known[f], operation));
  }
  return result;
}

Features Features::rows(std::span<const uint32_t> rows) const {
  Features result = *this;
  result.row_count_ = int64_t(rows.size());
  for (size_t f = 0; f < size(); ++f) {
    result.columns_[f].resize(rows.size());
    for (size_t n = 0; n < rows.size(); ++n) result.columns_[f][n] = columns_[f][rows[n]];
  }
  return result;
}

Features Features::reordered(size_t feature, std::span<const uint32_t> order) const {
  Features result = *this;
  for (size_t n = 0; n < order.size(); ++n) {
    result.columns_[feature][n] = columns_[feature][order[n]];
  }
  return result;
}

std::vector<Feature> limit_categories(const Features& x, size_t most) {
  std::vector<Feature> result = x.features();
  for (size_t f = 0; f < x.size(); ++f) {
    std::vector<std::string>& categories = result[f].categories;
    if (categories.size() <= most) continue;
    std::vector<int64_t> count(categories.size());
    for (const double at : x.column(f)) {
      if (!std::isnan(at)) ++count[size_t(at)];
    }
    std::vector<size_t> order(categories.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return count[a] > count[b]; });
    order.resize(most);
    std::sort(order.begin(), order.end());
    std::vector<std::string> kept;
    for (const size_t at : order) kept.push_back(categories[at]);
    categories = std::move(kept);
  }
  return result;
}

}  // namespace hg::trees
