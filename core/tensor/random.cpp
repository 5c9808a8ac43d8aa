// Random numbers: the streams, and the tensors drawn from them.
//
// Element i of a random tensor depends on (seed, i) alone, so every loop here could be cut
// into any number of threads, or run on another device, and give the same numbers.
#include "tensor/random.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>
#include <numeric>

#include "autograd/grad_mode.hpp"
#include "tensor/convert.hpp"
#include "tensor/create.hpp"

namespace hg {

// ---- seeds ------------------------------------------------------------------------------

namespace {

// Two words of a Philox block whose counter nothing else uses: a fresh, well mixed seed.
uint64_t derive_seed(uint64_t seed, uint64_t purpose, uint64_t number) {
  uint32_t block[4];
  hg_philox_block(seed ^ purpose, number, block);
  return block[0] | uint64_t(block[1]) << 32;
}
constexpr uint64_t for_calls = 0x63616c6c73000000, for_threads = 0x7468726561647300,
                   for_retries = 0x7265747279000000;

// What manual_seed set, and how often it was called; threads compare the latter with what
// they have seen, and start afresh when it moved.
std::atomic<uint64_t> common_seed{0};
std::atomic<uint64_t> common_epoch{1};
std::atomic<uint64_t> threads_drawing{0};

struct ThreadGenerator {
  Generator generator;
  uint64_t epoch = 0;

  void start(uint64_t now) {
    uint64_t number = threads_drawing.fetch_add(1), seed = common_seed;
    generator = Generator(number == 0 ? seed : derive_seed(seed, for_threads, number));
    epoch = now;
  }
};
thread_local ThreadGenerator mine;

}  // namespace

uint64_t Generator::next_seed() { return derive_seed(seed, for_calls, calls++); }

Generator& default_generator() {
  uint64_t now = common_epoch;
  if (mine.epoch != now) mine.start(now);
  return mine.generator;
}

void manual_seed(uint64_t seed) {
  common_seed = seed;
  threads_drawing = 0;
  mine.start(++common_epoch);  // the thread that sets the seed is the first to draw
}

// ---- streams ----------------------------------------------------------------------------

namespace {

// The words of a stream. Neighbouring words share a block of four, which is kept.
class Words {
 public:
  explicit Words(uint64_t seed) : seed_(seed) {}
  uint32_t operator[](uint64_t i) {
    if (i >> 2 != number_) {
      number_ = i >> 2;
      hg_philox_block(seed_, number_, block_);
    }
    return block_[i & 3];
  }
  /// Element i of a stream of 64-bit words.
  uint64_t wide(uint64_t i) {
    uint64_t low = (*this)[2 * i];
    return low | uint64_t((*this)[2 * i + 1]) << 32;
  }
  uint64_t seed() const { return seed_; }

 private:
  uint64_t seed_, number_ = ~uint64_t(0);
  uint32_t block_[4] = {};
};

// In [0,1): as many leading bits of the word as T has, so that no rounding can reach 1.
template <class T>
double uniform(Words& words, uint64_t i) {
  if constexpr (std::is_same_v<T, double>) return double(words.wide(i) >> 11) * 0x1p-53;
  else if constexpr (std::is_same_v<T, Half>) return double(words[i] >> 21) * 0x1p-11;
  else if constexpr (std::is_same_v<T, BFloat16>) return double(words[i] >> 24) * 0x1p-8;
  else return double(words[i] >> 8) * 0x1p-24;
}

// Box and Muller, A note on the generation of random normal deviates, 1958.
//
// Two independent standard normals x, y are a point of the plane with density
// exp(-(x^2+y^2)/2) / (2 pi). In polar coordinates that is exp(-r^2/2) r dr * dphi/(2 pi):
// the angle is uniform, and r, independent of it, has
//
//     P(r > R) = integral from R of exp(-r^2/2) r dr = exp(-R^2/2)
//
// So with u uniform in (0,1], r = sqrt(-2 ln u) has the right law: r > R is u < exp(-R^2/2),
// which happens with just that probability. With v uniform in [0,1),
//
//     x = r cos(2 pi v)
//
// is normal. (y = r sin(2 pi v) is another one; using it too would tie neighbouring
// elements together.) The least u, 2^-32, makes 6.66 the largest x: a true normal exceeds
// it once in 7e10 draws.
double standard_normal(Words& words, uint64_t i) {
  double u = (double(words[2 * i]) + 1) * 0x1p-32;
  double v = double(words[2 * i + 1]) * 0x1p-32;
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

// Lemire, Fast random integer generation in an interval, 2019.
//
// For x uniform among the 2^64 words, the upper half of the 128-bit product x*n is in
// [0, n). The products are spread evenly, n apart, over n intervals of length 2^64, one for
// each result; an interval holds floor(2^64/n) of them, or one more. If products whose lower
// half is under 2^64 mod n are thrown away, each holds exactly floor(2^64/n).
uint64_t below(Words& words, uint64_t i, uint64_t n) {
  __extension__ using Wide = unsigned __int128;
  Wide product = Wide(words.wide(i)) * n;
  if (uint64_t(product) < n) {
    uint64_t rest = (0 - n) % n;  // 2^64 mod n
    for (uint64_t retry = 1; uint64_t(product) < rest; ++retry) {
      Words further(derive_seed(words.seed(), for_retries + retry, i));
      product = Wide(further.wide(0)) * n;
    }
  }
  return uint64_t(product >> 64);
}

}  // namespace

float uniform_f32(uint64_t seed, uint64_t i) {
  Words words(seed);
  return float(uniform<float>(words, i));
}

double uniform_f64(uint64_t seed, uint64_t i) {
  Words words(seed);
  return uniform<double>(words, i);
}

double normal_f64(uint64_t seed, uint64_t i) {
  Words words(seed);
  return standard_normal(words, i);
}

uint64_t uniform_below(uint64_t seed, uint64_t i, uint64_t n) {
  if (n == 0) throw Error("uniform_below", "there is no number in [0,0)");
  Words words(seed);
  return below(words, i, n);
}

// ---- tensors ----------------------------------------------------------------------------

namespace {

std::string text(double x) { return Scalar(x).to_string(); }

void check_floating(const char* operation, DType type) {
  if (!is_floating(type)) {
    throw Error(operation, std::string("draws fractions, and the type is ") + name(type),
                "randint draws whole numbers");
  }
}

void check_std(const char* operation, double std) {
  if (!(std >= 0)) {
    throw Error(operation, "the standard deviation is " + text(std) + "; it cannot be negative");
  }
}

void check_interval(const char* operation, double low, double high) {
  if (!(low <= high) || !std::isfinite(high - low)) {
    throw Error(operation, "[" + text(low) + "," + text(high) + ") is not a finite interval");
  }
}

// element i = f.operator()<T>(words, i), for a contiguous tensor on the CPU.
template <class F>
Tensor draw(const Tensor& t, F&& f) {
  Words words(default_generator().next_seed());
  visit(t.dtype(), [&]<class T>() {
    T* x = static_cast<T*>(t.data());
    int64_t n = t.numel();
    for (int64_t i = 0; i < n; ++i) {
      x[i] = convert<T>(f.template operator()<T>(words, uint64_t(i)));
    }
  });
  return t;
}

Tensor draw_normal(const Tensor& t, double mean, double std) {
  return draw(t, [=]<class T>(Words& words, uint64_t i) {
    return mean + std * standard_normal(words, i);
  });
}

// low + (high - low)*u, rounded, may come out as high, which is not in [low, high): low
// stands in for it then.
Tensor draw_uniform(const Tensor& t, double low, double high) {
  return draw(t, [=]<class T>(Words& words, uint64_t i) {
    T x = convert<T>(low + (high - low) * uniform<T>(words, i));
    return double(x) < high || low == high ? x : convert<T>(low);
  });
}

// Draws into t's memory, whatever its strides and device.
template <class F>
void draw_in_place(const char* operation, const Tensor& t, F&& fill) {
  check_floating(operation, t.dtype());
  if (t.requires_grad() && grad_enabled()) {
    throw Error(operation, "the tensor requires a gradient, and its numbers would be replaced",
                "{ no_grad guard; ... } around the initialisation");
  }
  if (t.device().type == HG_CPU && t.is_contiguous()) {
    fill(t);
    ++t.impl()->storage->version;
  } else {
    t.copy_(fill(empty(t.shape(), t.dtype())));
  }
}

}  // namespace

Tensor Tensor::normal_(double mean, double std) const {
  check_std("normal_", std);
  draw_in_place("normal_", *this, [=](const Tensor& t) { return draw_normal(t, mean, std); });
  return *this;
}

Tensor Tensor::uniform_(double low, double high) const {
  check_interval("uniform_", low, high);
  draw_in_place("uniform_", *this, [=](const Tensor& t) { return draw_uniform(t, low, high); });
  return *this;
}

Tensor rand(const Shape& shape, DType type) {
  check_floating("rand", type);
  return draw_uniform(empty(shape, type), 0, 1);
}

Tensor randn(const Shape& shape, DType type) {
  check_floating("randn", type);
  return draw_normal(empty(shape, type), 0, 1);
}

Tensor normal(double mean, double std, const Shape& shape, DType type) {
  check_floating("normal", type);
  check_std("normal", std);
  return draw_normal(empty(shape, type), mean, std);
}

Tensor rand_like(const Tensor& t, std::optional<DType> type) {
  return t.new_empty(t.shape(), type).uniform_();
}

Tensor randn_like(const Tensor& t, std::optional<DType> type) {
  return t.new_empty(t.shape(), type).normal_();
}

namespace {

// A floating-point type holds the whole numbers up to 2^(bits of its fraction).
bool holds_every_whole(DType type, int64_t low, int64_t high) {
  switch (type) {
    case f64: return low >= -(1LL << 53) && high <= 1LL << 53;
    case f32: return low >= -(1LL << 24) && high <= 1LL << 24;
    case f16: return low >= -(1LL << 11) && high <= 1LL << 11;
    case bf16: return low >= -(1LL << 8) && high <= 1LL << 8;
    default: break;
  }
  return visit(type, [&]<class T>() {
    return convert<int64_t>(convert<T>(low)) == low &&
           convert<int64_t>(convert<T>(high)) == high;
  });
}

}  // namespace

Tensor randint(int64_t low, int64_t high, const Shape& shape, DType type) {
  std::string range = "[" + std::to_string(low) + "," + std::to_string(high) + ")";
  if (low >= high) throw Error("randint", "there is no whole number in " + range);
  if (!holds_every_whole(type, low, high - 1)) {
    throw Error("randint", std::string("the type ") + name(type) +
                               " does not hold every whole number of " + range);
  }
  uint64_t n = uint64_t(high) - uint64_t(low);
  return draw(empty(shape, type), [=]<class T>(Words& words, uint64_t i) {
    return int64_t(uint64_t(low) + below(words, i, n));
  });
}

// Fisher and Yates: fill the last place with any of the n numbers, the one before with any
// of the n-1 left, and so on; each of the n! orders is equally likely.
Tensor randperm(int64_t n) {
  if (n < 0) throw Error("randperm", std::to_string(n) + " numbers; 0 is the least");
  Tensor t = arange(n);
  auto order = t.span<int64_t>();
  Words words(default_generator().next_seed());
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[below(words, i, i)]);
  }
  return t;
}

Tensor bernoulli(const Tensor& p) {
  check_floating("bernoulli", p.dtype());
  std::vector<double> chance = p.to_vector<double>();
  for (double c : chance) {
    if (!(c >= 0 && c <= 1)) {
      throw Error("bernoulli", text(c) + " is not a probability", "it must lie in [0,1]");
    }
  }
  Tensor coins = draw(empty(p.shape(), p.dtype()), [&]<class T>(Words& words, uint64_t i) {
    return uniform<double>(words, i) < chance[i];
  });
  return p.device().type == HG_CPU ? coins : coins.to(device_name(p.device()));
}

namespace {

// Index k is drawn when u*total falls into its piece of the line 0..total.
void draw_with_replacement(std::span<const double> weight, std::span<int64_t> result,
                           Words& words, uint64_t first) {
  std::vector<double> sum(weight.size());
  std::partial_sum(weight.begin(), weight.end(), sum.begin());
  for (size_t i = 0; i < result.size(); ++i) {
    double point = uniform<double>(words, first + i) * sum.back();
    auto piece = std::upper_bound(sum.begin(), sum.end(), point);
    // Rounding may make the product the total itself: the last weight above 0 then.
    if (piece == sum.end()) piece = std::lower_bound(sum.begin(), sum.end(), sum.back());
    result[i] = piece - sum.begin();
  }
}

// A race of exponential clocks. Let clock k ring at time t[k] = -ln(u[k]) / weight[k], so
// that P(t[k] > s) = exp(-weight[k] s). The first to ring is k with probability
// weight[k] / sum: the density of t[k] at s times the chance that no other rang before,
// integrated over s, is
//
//     int weight[k] exp(-weight[k] s) prod_{j != k} exp(-weight[j] s) ds = weight[k] / sum
//
// What is left of the others' waiting times has the same law again, so the second to ring
// is a draw from the rest, and so on: the first `count` are draws without replacement.
// (Efraimidis and Spirakis, Weighted random sampling with a reservoir, 2006.)
void draw_without_replacement(std::span<const double> weight, std::span<int64_t> result,
                              Words& words, uint64_t first) {
  std::vector<double> rings(weight.size());
  for (size_t k = 0; k < weight.size(); ++k) {
    double u = 1 - uniform<double>(words, first + k);  // in (0,1]
    rings[k] = weight[k] > 0 ? -std::log(u) / weight[k] : INFINITY;
  }
  std::vector<int64_t> order(weight.size());
  std::iota(order.begin(), order.end(), 0);
  std::partial_sort(order.begin(), order.begin() + int64_t(result.size()), order.end(),
                    [&](int64_t a, int64_t b) { return rings[size_t(a)] < rings[size_t(b)]; });
  std::copy_n(order.begin(), result.size(), result.begin());
}

void check_weights(std::span<const double> weight, int64_t row, int64_t needed) {
  std::string where = "row " + std::to_string(row) + " of the weights: ";
  double sum = 0;
  int64_t positive = 0;
  for (double w : weight) {
    if (!(w >= 0) || std::isinf(w)) {
      throw Error("multinomial", where + text(w) + " is no weight",
                  "weights are finite and not negative");
    }
    sum += w;
    positive += w > 0;
  }
  if (positive == 0) throw Error("multinomial", where + "all are 0, nothing can be drawn");
  if (!std::isfinite(sum)) throw Error("multinomial", where + "their sum overflows");
  if (positive < needed) {
    throw Error("multinomial", where + std::to_string(positive) + " are above 0, and " +
                                   std::to_string(needed) +
                                   " are to be drawn without replacement",
                "replacement = true lets an index be drawn again");
  }
}

}  // namespace

Tensor multinomial(const Tensor& weights, int64_t count, bool replacement) {
  check_floating("multinomial", weights.dtype());
  int rank = weights.dim();
  if (rank != 1 && rank != 2) {
    throw Error("multinomial", "the weights are " + weights.shape().to_string() +
                                   "; (K) or (N,K) is expected");
  }
  if (count < 1) throw Error("multinomial", std::to_string(count) + " draws; 1 is the least");
  int64_t rows = rank == 1 ? 1 : weights.size(0), choices = weights.size(-1);
  if (choices == 0) throw Error("multinomial", "there is nothing to draw from: 0 weights");

  std::vector<double> all = weights.to_vector<double>();
  Tensor result = empty(rank == 1 ? Shape{count} : Shape{rows, count}, i64);
  Words words(default_generator().next_seed());
  for (int64_t row = 0; row < rows; ++row) {
    std::span weight(&all[size_t(row * choices)], size_t(choices));
    auto drawn = result.span<int64_t>().subspan(size_t(row * count), size_t(count));
    check_weights(weight, row, replacement ? 1 : count);
    if (replacement) draw_with_replacement(weight, drawn, words, uint64_t(row * count));
    else draw_without_replacement(weight, drawn, words, uint64_t(row * choices));
  }
  return result;
}

}  // namespace hg
