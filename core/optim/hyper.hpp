// The value of a hyper-parameter.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tensor/scalar.hpp"

struct hg_attr;

namespace hg::optim {

/// A number, a flag, a word, or a list such as Adam's betas; or nullopt, for "not given".
class Hyper {
 public:
  Hyper(std::nullopt_t) {}
  template <class T>
  requires std::is_arithmetic_v<T> Hyper(T v) : value_(Scalar(v)) {}
  Hyper(const char* word) : value_(std::string(word)) {}
  Hyper(std::string word) : value_(std::move(word)) {}
  Hyper(std::initializer_list<double> list) : value_(std::vector<double>(list)) {}
  Hyper(std::vector<double> list) : value_(std::move(list)) {}

  /// The value that a plugin declares as the default.
  explicit Hyper(const hg_attr& declared);
  /// The value in the kind that is declared. Throws, in the name of `optimizer`, if it is
  /// of another kind, out of range, or not among the words to choose from.
  Hyper as(const hg_attr& declared, const std::string& optimizer) const;
  /// What to_string wrote for a hyper-parameter of this kind; nothing if it did not.
  static std::optional<Hyper> read(const hg_attr& declared, std::string_view text);

  bool given() const { return value_.index() != 0; }
  /// As a number; throws if it is a list or a word.
  double number() const;
  const Scalar* scalar() const { return std::get_if<Scalar>(&value_); }
  const std::string* word() const { return std::get_if<std::string>(&value_); }
  const std::vector<double>* list() const {
    return std::get_if<std::vector<double>>(&value_);
  }
  /// "0.1", "true", "strong_wolfe", "(0.9, 0.999)", "none". Numbers read back exactly.
  std::string to_string() const;

 private:
  std::variant<std::monostate, Scalar, std::string, std::vector<double>> value_;
};

using Options = std::vector<std::pair<std::string, Hyper>>;

}  // namespace hg::optim
