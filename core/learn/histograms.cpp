#include "learn/histograms.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "learn/scale.hpp"
#include "nn/module.hpp"
#include "tensor/error.hpp"

namespace hg {
namespace {

using Named = std::vector<std::pair<std::string, Tensor>>;

std::string odd_ones(const Spread& s) {
  std::string text;
  if (s.nans) text += ", " + std::to_string(s.nans) + " nan";
  if (s.infinities) text += ", " + std::to_string(s.infinities) + " inf";
  return text;
}

void draw(Axes& axes, const std::string& title, const Tensor& t, int bins) {
  axes.title(title + odd_ones(spread_of(t)));
  axes.histogram(Values(t), bins);
}

}  // namespace

Spread spread_of(const Tensor& t) {
  Spread s;
  double sum = 0, squares = 0;
  int64_t finite = 0;
  const std::vector<double> numbers = t.to_vector<double>();
  for (double x : numbers) {
    ++s.count;
    s.zeros += x == 0;
    s.nans += std::isnan(x);
    s.infinities += std::isinf(x);
    if (!std::isfinite(x)) continue;
    s.low = finite ? std::min(s.low, x) : x;
    s.high = finite ? std::max(s.high, x) : x;
    sum += x;
    ++finite;
  }
  if (finite == 0) {
    s.low = s.high = s.mean = s.deviation = std::nan("");
    return s;
  }
  s.mean = sum / double(finite);
  for (double x : numbers) {  // around the mean, or rounding would eat small deviations
    if (std::isfinite(x)) squares += (x - s.mean) * (x - s.mean);
  }
  s.deviation = std::sqrt(squares / double(finite));
  return s;
}

Figure histograms(const Named& tensors, const HistogramOptions& options) {
  if (tensors.empty()) throw Error("histograms", "there are no parameters");
  const int rows = int(std::min<size_t>(tensors.size(), 50));
  const int cols = options.gradients ? 2 : 1;
  Figure figure({.nrows = rows,
                 .ncols = cols,
                 .figsize = {4.0 * cols, std::min(40.0, 1.8 * rows + 0.4)}});
  for (int r = 0; r < rows; ++r) {
    const auto& [name, tensor] = tensors[size_t(r)];
    draw(figure.axes(r, 0), name + " " + tensor.shape().to_string(), tensor, options.bins);
    if (!options.gradients) continue;
    if (const Tensor g = tensor.grad(); g.defined()) {
      draw(figure.axes(r, 1), "its gradient", g, options.bins);
    } else {
      figure.axes(r, 1).title("no gradient");
    }
  }
  return figure;
}

Figure histograms(const nn::Module& net, const HistogramOptions& options) {
  return histograms(net.named_parameters(), options);
}

std::string spread_table(const Named& tensors) {
  int width = 9;
  for (const auto& [name, tensor] : tensors) {
    width = std::max(width, display_width(name) + 2);
  }
  width = std::min(width, 40);
  auto line = [&](const std::string& name, std::initializer_list<std::string> cells) {
    std::string text = fit(name, width);
    text += std::string(size_t(width - display_width(text)), ' ');
    for (const std::string& cell : cells) {
      text += std::string(size_t(std::max(1, 11 - display_width(cell))), ' ') + cell;
    }
    return text + "\n";
  };
  auto figures = [&](const std::string& name, const Tensor& t) {
    const Spread s = spread_of(t);
    auto number = [](double x) { return learn::short_number(x, 3); };
    return line(name, {std::to_string(s.count), number(s.mean), number(s.deviation),
                       number(s.low), number(s.high), std::to_string(s.zeros),
                       std::to_string(s.nans), std::to_string(s.infinities)});
  };
  std::string text =
      line("", {"numbers", "mean", "deviation", "least", "largest", "zeros", "nan", "inf"});
  for (const auto& [name, tensor] : tensors) {
    text += figures(name, tensor);
    if (const Tensor g = tensor.grad(); g.defined()) text += figures("  gradient", g);
  }
  return text;
}

std::string spread_table(const nn::Module& net) {
  return spread_table(net.named_parameters());
}

}  // namespace hg
