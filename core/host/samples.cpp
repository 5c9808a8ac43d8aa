#include "host/samples.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "tensor/random.hpp"

namespace hg {
namespace {

constexpr std::pair<const char*, SampleInput::Kind> kinds[] = {
    {"normal", SampleInput::normal},     {"uniform", SampleInput::uniform},
    {"positive", SampleInput::positive}, {"distinct", SampleInput::distinct},
    {"index", SampleInput::index},       {"simplex", SampleInput::simplex},
    {"spd", SampleInput::spd},           {"bool", SampleInput::boolean},
    {"none", SampleInput::none}};

// Takes a text apart from left to right.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ == text_.size();
  }
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(std::string("expected '") + c + "'");
  }
  std::string word() {
    size_t begin = at_;
    auto in_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    while (at_ < text_.size() && in_word(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  int64_t number() {
    int64_t n = 0;
    auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), n);
    if (error != std::errc() || n < 0) fail("expected a size");
    at_ = size_t(end - text_.data());
    return n;
  }
  [[noreturn]] void fail(const std::string& problem) const {
    throw Error("sample", "'" + std::string(text_) + "': " + problem + " at position " +
                              std::to_string(at_));
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

SampleInput parse_input(Scanner& in) {
  SampleInput input;
  std::string word = in.word();
  auto known = std::find_if(std::begin(kinds), std::end(kinds),
                            [&](const auto& k) { return word == k.first; });
  if (known == std::end(kinds)) in.fail("there is no generator '" + word + "'");
  input.kind = known->second;
  if (input.kind == SampleInput::none) return input;
  if (input.kind == SampleInput::index) {
    in.expect('(');
    input.limit = in.number();
    in.expect(')');
    input.dtype = i64;
  }
  if (input.kind == SampleInput::boolean) input.dtype = bool_;
  if (in.take('[')) {  // without a shape it is one number
    while (!in.take(']')) {
      if (!input.shape.empty()) in.expect(',');
      input.shape.push_back(in.number());
    }
  }
  if (in.take(':')) {
    input.dtype = dtype_from_name(in.word());
    input.typed = true;
  }
  return input;
}

std::vector<double> shuffled(uint64_t seed, int64_t n) {
  std::vector<double> order(static_cast<size_t>(n));
  for (size_t i = 0; i < order.size(); ++i) order[i] = double(i);
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[size_t(uniform_below(seed, i, i))]);
  }
  return order;
}

// a a^T / n + 1 on the diagonal, for each n x n matrix a of normal numbers.
std::vector<double> positive_definite(const std::vector<double>& z, int64_t n) {
  std::vector<double> result(z.size());
  size_t side = size_t(n), area = side * side;
  for (size_t base = 0; base + area <= z.size() && area > 0; base += area) {
    for (size_t i = 0; i < side; ++i) {
      for (size_t j = 0; j < side; ++j) {
        double sum = 0;
        for (size_t k = 0; k < side; ++k) {
          sum += z[base + i * side + k] * z[base + j * side + k];
        }
        result[base + i * side + j] = sum / double(n) + (i == j ? 1 : 0);
      }
    }
  }
  return result;
}

}  // namespace

std::string SampleInput::to_string() const {
  std::string text;
  for (auto& [name, k] : kinds) {
    if (k == kind) text = name;
  }
  if (kind == none) return text;
  if (kind == index) text += "(" + std::to_string(limit) + ")";
  if (!shape.empty()) {
    std::string sizes = shape.to_string();  // "(3,4)"
    text += "[" + sizes.substr(1, sizes.size() - 2) + "]";
  }
  return typed ? text + ":" + name(dtype) : text;
}

std::vector<SampleInput> parse_sample(std::string_view inputs) {
  Scanner in(inputs);
  std::vector<SampleInput> list;
  while (!in.at_end()) list.push_back(parse_input(in));
  return list;
}

Tensor make_input(const SampleInput& input, uint64_t seed) {
  if (input.kind == SampleInput::none) return {};
  int64_t n = input.shape.numel();
  std::vector<double> x(static_cast<size_t>(n));
  auto fill = [&](auto f) {
    for (size_t i = 0; i < x.size(); ++i) x[i] = f(i);
  };
  switch (input.kind) {
    case SampleInput::uniform: fill([&](size_t i) { return uniform_f64(seed, i); }); break;
    case SampleInput::positive:
      fill([&](size_t i) { return 0.5 + 1.5 * uniform_f64(seed, i); });
      break;
    case SampleInput::distinct:
      x = shuffled(seed, n);
      fill([&](size_t i) { return 0.3 * (x[i] - double(n / 2)) + 0.1; });
      break;
    case SampleInput::index:
      if (n > 0 && input.limit < 1) throw Error("sample", "index(0) has no values");
      fill([&](size_t i) { return double(uniform_below(seed, i, uint64_t(input.limit))); });
      break;
    case SampleInput::boolean:
      fill([&](size_t i) { return double(hg_philox(seed, i) & 1); });
      break;
    case SampleInput::simplex: {
      fill([&](size_t i) { return 0.05 + uniform_f64(seed, i); });
      size_t row = input.shape.empty() ? 1 : size_t(input.shape.back());
      for (size_t base = 0; row > 0 && base < x.size(); base += row) {
        double sum = 0;
        for (size_t i = 0; i < row; ++i) sum += x[base + i];
        for (size_t i = 0; i < row; ++i) x[base + i] /= sum;
      }
      break;
    }
    default: fill([&](size_t i) { return normal_f64(seed, i); });
  }
  if (input.kind == SampleInput::spd) {
    int rank = input.shape.size();
    if (rank < 2 || input.shape[rank - 1] != input.shape[rank - 2]) {
      throw Error("sample",
                  "spd needs square matrices; the shape is " + input.shape.to_string());
    }
    x = positive_definite(x, input.shape.back());
  }
  return detail::from_numbers(input.shape, input.dtype, x);
}

}  // namespace hg
