#include "learn/animator.hpp"

#include <cstdio>

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
  if (y.size() > x_.size()) {
    x_.resize(y.size());
    y_.resize(y.size());
  }
  for (size_t i = 0; i < y.size(); ++i) {
    if (!y[i]) continue;
    x_[i].push_back(x);
    y_[i].push_back(*y[i]);
  }
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
