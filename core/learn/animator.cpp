#include "learn/animator.hpp"

#include <cstdio>

#include "tensor/error.hpp"

namespace hg {

Animator::Animator(PlotOptions options)
    : options_(std::move(options)),
      figure_({options_.nrows, options_.ncols, options_.figsize}) {
  configure(figure_.axes(), options_);
  part_.emplace();
}

Animator::~Animator() {
  try {
    finish();
  } catch (...) {
    // A drawing that fails must not hide the error that may be on its way.
  }
}

void Animator::add_points(double x, std::span<const std::optional<double>> y) {
  for (size_t i = 0; i < y.size(); ++i) {
    add_point(i, x, y[i]);
  }
  draw();
}

void Animator::add(std::initializer_list<std::optional<double>> x,
                   std::initializer_list<std::optional<double>> y) {
  if (x.size() != y.size()) {
    throw Error("Animator", "x has " + std::to_string(x.size()) + " elements, y has " +
                                std::to_string(y.size()) + "; they must be as many");
  }
  for (size_t i = 0; i < x.size(); ++i) {
    add_point(i, x.begin()[i], y.begin()[i]);
  }
  draw();
}

void Animator::add_point(size_t curve, std::optional<double> x, std::optional<double> y) {
  if (curve >= x_.size()) {
    x_.resize(curve + 1);
    y_.resize(curve + 1);
  }
  if (!x || !y) return;
  x_[curve].push_back(*x);
  y_[curve].push_back(*y);
}

void Animator::draw() {
  finished_ = false;
  // Five drawings a second are a film; the time goes to the training.
  const auto now = std::chrono::steady_clock::now();
  const Terminal screen = terminal();
  if (!screen.live || is_quiet() || now - drawn_ < std::chrono::milliseconds(200)) return;
  drawn_ = now;
  if (!part_) part_.emplace();
  part_->set(figure().text(screen));
}

Figure& Animator::figure() {
  Axes& axes = figure_.axes();
  axes.clear();
  for (size_t i = 0; i < x_.size(); ++i) {
    const auto& fmts = options_.fmts;
    axes.line(x_[i], y_[i], fmts.empty() ? "" : fmts[i % fmts.size()]);
  }
  axes.legend(options_.legend);
  return figure_;
}

void Animator::finish() {
  part_.reset();
  if (finished_ || is_quiet() || x_.empty()) return;
  finished_ = true;
  const std::string text = figure().text();
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace hg
