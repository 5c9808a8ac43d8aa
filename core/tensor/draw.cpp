// Tensors drawn at random.
//
// Element i depends on (seed, i) alone, so every loop here could be cut into any number of
// threads, or run on another device, and give the same numbers.
#include "autograd/grad_mode.hpp"
#include "tensor/convert.hpp"
#include "tensor/create.hpp"
#include "tensor/stream.hpp"

namespace hg {
namespace {

void check_floating(const char* operation, DType type) {
  if (!is_floating(type)) {
    throw Error(operation, std::string("draws fractions, and the type is ") + name(type),
                "randint draws whole numbers");
  }
}

void check_std(const char* operation, double std) {
  if (!(std >= 0)) {
    throw Error(operation, "the standard deviation is " + Scalar(std).to_string() +
                               "; it cannot be negative");
  }
}

void check_interval(const char* operation, double low, double high) {
  if (!(low <= high) || !std::isfinite(high - low)) {
    throw Error(operation, "[" + Scalar(low).to_string() + "," + Scalar(high).to_string() +
                               ") is not a finite interval");
  }
}

void check_chance(const char* operation, double p) {
  if (!(p >= 0 && p <= 1)) {
    throw Error(operation, Scalar(p).to_string() + " is not a probability",
                "it must lie in [0,1]");
  }
}

// The probabilities, one after the other.
std::vector<double> chances(const char* operation, const Tensor& p) {
  check_floating(operation, p.dtype());
  std::vector<double> list = p.to_vector<double>();
  for (double chance : list) check_chance(operation, chance);
  return list;
}

// element i = f.operator()<T>(stream, i), for a contiguous tensor on the CPU.
template <class F>
Tensor draw(const Tensor& t, F&& f) {
  Stream stream(default_generator().next_seed());
  visit(t.dtype(), [&]<class T>() {
    T* x = static_cast<T*>(t.data());
    int64_t n = t.numel();
    for (int64_t i = 0; i < n; ++i) {
      x[i] = convert<T>(f.template operator()<T>(stream, uint64_t(i)));
    }
  });
  return t;
}

Tensor draw_normal(const Tensor& t, double mean, double std) {
  return draw(t, [=]<class T>(Stream& stream, uint64_t i) {
    return mean + std * stream.normal(i);
  });
}

// low + (high - low)*u, rounded, may come out as high, which is not in [low, high): low
// stands in for it then.
Tensor draw_uniform(const Tensor& t, double low, double high) {
  return draw(t, [=]<class T>(Stream& stream, uint64_t i) {
    T x = convert<T>(low + (high - low) * stream.uniform<T>(i));
    return double(x) < high || low == high ? x : convert<T>(low);
  });
}

// 1 with probability chance(i), else 0.
template <class F>
Tensor toss(const Tensor& t, F&& chance) {
  return draw(t, [&]<class T>(Stream& stream, uint64_t i) {
    return stream.uniform<double>(i) < chance(i);
  });
}

// Draws into t's memory, whatever its strides and device.
template <class F>
void draw_in_place(const char* operation, const Tensor& t, F&& fill) {
  if (t.requires_grad() && grad_enabled()) {
    throw Error(operation,
                "the tensor requires a gradient, and its numbers would be replaced",
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
  check_floating("normal_", dtype());
  check_std("normal_", std);
  draw_in_place("normal_", *this,
                [=](const Tensor& t) { return draw_normal(t, mean, std); });
  return *this;
}

Tensor Tensor::uniform_(double low, double high) const {
  check_floating("uniform_", dtype());
  check_interval("uniform_", low, high);
  draw_in_place("uniform_", *this,
                [=](const Tensor& t) { return draw_uniform(t, low, high); });
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
  return draw(empty(shape, type), [=]<class T>(Stream& stream, uint64_t i) {
    return int64_t(uint64_t(low) + stream.below(i, n));
  });
}

// Fisher and Yates: fill the last place with any of the n numbers, the one before with any
// of the n-1 left, and so on; each of the n! orders is equally likely.
Tensor randperm(int64_t n) {
  if (n < 0) throw Error("randperm", std::to_string(n) + " numbers; 0 is the least");
  Tensor t = arange(n);
  auto order = t.span<int64_t>();
  Stream stream(default_generator().next_seed());
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[stream.below(i, i)]);
  }
  return t;
}

Tensor Tensor::bernoulli_(double p) const {
  check_chance("bernoulli_", p);
  draw_in_place("bernoulli_", *this, [=](const Tensor& t) {
    return toss(t, [=](uint64_t) { return p; });
  });
  return *this;
}

Tensor Tensor::bernoulli_(const Tensor& p) const {
  std::vector<double> chance = chances("bernoulli_", p.expand(shape()));
  draw_in_place("bernoulli_", *this, [&](const Tensor& t) {
    return toss(t, [&](uint64_t i) { return chance[i]; });
  });
  return *this;
}

Tensor bernoulli(const Tensor& p) {
  std::vector<double> chance = chances("bernoulli", p);
  Tensor coins =
      toss(empty(p.shape(), p.dtype()), [&](uint64_t i) { return chance[i]; });
  return p.device().type == HG_CPU ? coins : coins.to(device_name(p.device()));
}

}  // namespace hg
