#include "learn/confusion.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "autograd/grad_mode.hpp"
#include "data/loader.hpp"
#include "nn/module.hpp"
#include "tensor/error.hpp"

namespace hg {
namespace {

// The classes that scores (N,K) choose, or classes (N) as they are.
std::vector<int64_t> chosen(const char* what, const Tensor& scores, const Tensor& truth) {
  const bool classes = scores.dim() == 1, fits = classes || scores.dim() == 2;
  if (!fits || truth.dim() != 1 || scores.size(0) != truth.size(0)) {
    throw Error(what, "scores are " + scores.shape().to_string() + ", the truth is " +
                          truth.shape().to_string() +
                          "; they should be (N,K) or (N), and (N)");
  }
  no_grad guard;
  return (classes ? scores : scores.argmax(1)).to_vector<int64_t>();
}

std::string padded(const std::string& text, int columns, bool right) {
  const std::string kept = fit(text, columns);
  const std::string blanks(size_t(columns - display_width(kept)), ' ');
  return right ? blanks + kept : kept + blanks;
}

std::string percent(double share) {
  if (std::isnan(share)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", 100 * share);
  return text;
}

double ratio(int64_t part, int64_t whole) {
  return whole == 0 ? std::nan("") : double(part) / double(whole);
}

}  // namespace

int64_t count_correct(const Tensor& scores, const Tensor& truth) {
  const std::vector<int64_t> predicted = chosen("count_correct", scores, truth),
                             labels = truth.to_vector<int64_t>();
  int64_t right = 0;
  for (size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == labels[i];
  return right;
}

double evaluate_accuracy(nn::Module& net, data::DataLoader& examples) {
  no_grad guard;
  struct Evaluation {  // ends in any case
    nn::Module& net;
    const bool training = net.training();
    ~Evaluation() { net.train(training); }
  } evaluation{net};
  net.eval();
  int64_t right = 0, all = 0;
  for (auto [x, y] : examples) {
    right += count_correct(net(x), y);
    all += y.size(0);
  }
  return ratio(right, all);
}

ConfusionMatrix::ConfusionMatrix(std::vector<std::string> names)
    : names_(std::move(names)) {
  if (names_.empty() || names_.size() > 10000) {
    throw Error("ConfusionMatrix", std::to_string(names_.size()) +
                                       " classes; from 1 to 10000 make sense");
  }
  counts_.resize(names_.size() * names_.size());
}

namespace {
std::vector<std::string> numbers(int64_t classes) {
  std::vector<std::string> names;
  for (int64_t c = 0; c < std::min<int64_t>(classes, 10001); ++c) {
    names.push_back(std::to_string(c));
  }
  return names;
}
}  // namespace

ConfusionMatrix::ConfusionMatrix(int64_t classes) : ConfusionMatrix(numbers(classes)) {}

void ConfusionMatrix::check_class(const char* what, int64_t c) const {
  if (c >= 0 && c < classes()) return;
  throw Error("ConfusionMatrix", std::string(what) + " is class " + std::to_string(c) +
                                     "; there are " + std::to_string(classes()) +
                                     ", counted from 0");
}

void ConfusionMatrix::add(const Tensor& scores, const Tensor& truth) {
  const std::vector<int64_t> predicted = chosen("ConfusionMatrix", scores, truth),
                             labels = truth.to_vector<int64_t>();
  for (size_t i = 0; i < predicted.size(); ++i) {  // first, so that an error counts nothing
    check_class("the truth", labels[i]);
    check_class("a prediction", predicted[i]);
  }
  for (size_t i = 0; i < predicted.size(); ++i) {
    ++counts_[size_t(labels[i] * classes() + predicted[i])];
  }
}

int64_t ConfusionMatrix::count(int64_t truth, int64_t predicted) const {
  check_class("the truth", truth);
  check_class("the prediction", predicted);
  return counts_[size_t(truth * classes() + predicted)];
}

int64_t ConfusionMatrix::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), int64_t(0));
}

int64_t ConfusionMatrix::row_sum(int64_t truth) const {
  int64_t sum = 0;
  for (int64_t c = 0; c < classes(); ++c) sum += count(truth, c);
  return sum;
}

int64_t ConfusionMatrix::column_sum(int64_t predicted) const {
  int64_t sum = 0;
  for (int64_t c = 0; c < classes(); ++c) sum += count(c, predicted);
  return sum;
}

double ConfusionMatrix::accuracy() const {
  int64_t right = 0;
  for (int64_t c = 0; c < classes(); ++c) right += count(c, c);
  return ratio(right, total());
}

double ConfusionMatrix::recall(int64_t c) const { return ratio(count(c, c), row_sum(c)); }

double ConfusionMatrix::precision(int64_t c) const {
  return ratio(count(c, c), column_sum(c));
}

// With p = n/predicted and r = n/there, 2pr/(p+r) is 2n/(predicted + there), which has a
// value, too, where one of the two has none.
double ConfusionMatrix::f1(int64_t c) const {
  return ratio(2 * count(c, c), row_sum(c) + column_sum(c));
}

Tensor ConfusionMatrix::counts() const {
  return tensor(counts_).reshape({classes(), classes()});
}

Tensor ConfusionMatrix::normalised() const {
  std::vector<double> shares;
  for (int64_t truth = 0; truth < classes(); ++truth) {
    const int64_t there = row_sum(truth);
    for (int64_t predicted = 0; predicted < classes(); ++predicted) {
      shares.push_back(there ? ratio(count(truth, predicted), there) : 0);
    }
  }
  return tensor(shares, f64).reshape({classes(), classes()});
}

std::string ConfusionMatrix::text(bool normalised) const {
  int head = display_width("truth");
  for (const std::string& name : names_) head = std::max(head, display_width(name));
  head = std::min(head, 16);
  int cell = 5;
  for (int64_t n : counts_) cell = std::max(cell, int(std::to_string(n).size()));
  std::string out = padded("truth", head, false) + "  predicted" +
                    (normalised ? ", in %" : "") + "\n" + padded("", head, false);
  for (const std::string& name : names_) out += " " + padded(name, cell, true);
  out += "\n";
  for (int64_t truth = 0; truth < classes(); ++truth) {
    out += padded(names_[size_t(truth)], head, false);
    for (int64_t predicted = 0; predicted < classes(); ++predicted) {
      const int64_t n = count(truth, predicted);
      const std::string number =
          normalised ? percent(ratio(n, row_sum(truth))) : std::to_string(n);
      out += " " + padded(number, cell, true);
    }
    out += "\n";
  }
  return out;
}

std::string ConfusionMatrix::report() const {
  int head = display_width("accuracy");
  for (const std::string& name : names_) head = std::max(head, display_width(name));
  head = std::min(head, 30);
  auto line = [&](const std::string& name, const std::string& p, const std::string& r,
                  const std::string& f, const std::string& n) {
    return padded(name, head, false) + padded(p, 11, true) + padded(r, 9, true) +
           padded(f, 9, true) + padded(n, 10, true) + "\n";
  };
  std::string out = line("in %", "precision", "recall", "f1", "examples");
  for (int64_t c = 0; c < classes(); ++c) {
    out += line(names_[size_t(c)], percent(precision(c)), percent(recall(c)),
                percent(f1(c)), std::to_string(row_sum(c)));
  }
  return out + line("accuracy", "", percent(accuracy()), "", std::to_string(total()));
}

Figure ConfusionMatrix::figure(bool normalised) const {
  // In inches: as much for a class as its name below the axis takes.
  int longest = 4;
  for (const std::string& name : names_) longest = std::max(longest, display_width(name));
  const double each = std::min(0.09 * longest, 1.0), all = double(classes());
  Figure figure({.figsize = {std::min(each * all + each + 1.5, 20.0),
                             std::clamp(0.35 * all + 1.5, 3.0, 16.0)}});
  figure.axes()
      .heatmap(normalised ? this->normalised() : counts())
      .xlabel("predicted")
      .ylabel("truth")
      .xnames(names_)
      .ynames(names_);
  return figure;
}

}  // namespace hg
