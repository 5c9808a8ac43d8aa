// A plot that grows while the work goes on.
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <span>

#include "learn/figure.hpp"
#include "learn/live.hpp"

namespace hg {

/// Collects points and, on a terminal, redraws its figure in place as they come:
///
///     Animator animator({.xlabel = "epoch", .legend = {"train loss", "test acc"},
///                        .xlim = {1, epochs}});
///     for (...) animator.add(epoch, {loss, accuracy});
///
/// At its end the last drawing stays. Where the output is no terminal, only that one is
/// printed, so that the text is the same each time.
class Animator {
 public:
  explicit Animator(PlotOptions options = {});
  ~Animator();
  Animator(const Animator&) = delete;
  Animator& operator=(const Animator&) = delete;

  /// One point for each curve: curve i gets (x, y[i]), or (x[i], y[i]) where there is a
  /// list of x, or none when one of the two is std::nullopt.
  template <Arithmetic X>
  void add(X x, std::initializer_list<std::optional<double>> y) {
    add_points(static_cast<double>(x), {y.begin(), y.size()});
  }
  template <Arithmetic X>
  void add(X x, std::span<const std::optional<double>> y) {
    add_points(static_cast<double>(x), y);
  }
  template <Arithmetic X>
  void add(X x, const std::vector<double>& y) {
    add(x, std::vector<std::optional<double>>(y.begin(), y.end()));
  }
  void add(std::initializer_list<std::optional<double>> x,
           std::initializer_list<std::optional<double>> y);
  template <Arithmetic X, Arithmetic Y>
  void add(X x, Y y) {
    add(x, {std::optional<double>(static_cast<double>(y))});
  }

  /// The figure so far. Axes other than the first are free for further drawings.
  Figure& figure();

  bool save(const std::filesystem::path& path) { return figure().save(path); }

  /// Prints the last drawing for good. The destructor does so too; this comes before it
  /// when something is to be printed below.
  void finish();

 private:
  void add_points(double x, std::span<const std::optional<double>> y);
  void add_point(size_t curve, std::optional<double> x, std::optional<double> y);
  void draw();

  PlotOptions options_;
  std::vector<std::vector<double>> x_, y_;  // of each curve
  Figure figure_;
  bool finished_ = false;
  std::chrono::steady_clock::time_point drawn_;
  std::optional<learn::LivePart> part_;
};

}  // namespace hg
