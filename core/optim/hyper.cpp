#include "optim/hyper.hpp"

#include <cmath>

#include "handgrad_abi.h"
#include "optim/numbers.hpp"
#include "tensor/error.hpp"

namespace hg::optim {
namespace {

double as_number(const hg_value& v) { return v.kind == HG_FLOAT ? v.u.f : double(v.u.i); }

const char* kind_text(const hg_attr& declared) {
  switch (declared.kind) {
    case HG_BOOL: return "true or false";
    case HG_INT: return "one whole number";
    case HG_FLOAT: return "one number";
    case HG_STRING: return "a word";
    case HG_FLOATS: return "a list of numbers";
    default: return "of a kind that optimizers do not have";
  }
}

bool is_choice(std::string_view choices, const std::string& word) {
  return ("|" + std::string(choices) + "|").find("|" + word + "|") != std::string::npos;
}

}  // namespace

Hyper::Hyper(const hg_attr& declared) {
  const hg_value& v = declared.dflt;
  switch (v.kind) {
    case HG_NONE: break;
    case HG_BOOL: value_ = Scalar(v.u.i != 0); break;
    case HG_INT: value_ = Scalar(v.u.i); break;
    case HG_FLOAT: value_ = Scalar(v.u.f); break;
    case HG_STRING: value_ = std::string(v.u.s, size_t(v.count)); break;
    case HG_FLOATS: value_ = std::vector<double>(v.u.fv, v.u.fv + v.count); break;
    default:
      throw Error("optimizer", std::string(declared.name) + " is " + kind_text(declared));
  }
}

Hyper Hyper::as(const hg_attr& declared, const std::string& optimizer) const {
  auto refuse = [&](const std::string& rule) -> Hyper {
    throw Error(optimizer,
                std::string(declared.name) + " is " + to_string() + "; it must be " + rule);
  };
  if (!given()) return declared.dflt.kind == HG_NONE ? *this : refuse(kind_text(declared));

  Hyper result = *this;
  const Scalar* s = scalar();
  bool fits = false;
  switch (declared.kind) {
    case HG_BOOL:
      fits = s && (s->to_double() == 0 || s->to_double() == 1);
      if (fits) result.value_ = Scalar(s->to_double() != 0);
      break;
    case HG_INT:
      fits = s && s->kind() != 0 && s->to_double() == std::floor(s->to_double()) &&
             std::abs(s->to_double()) < 0x1p53;
      if (fits) result.value_ = Scalar(s->to_int64());
      break;
    case HG_FLOAT:
      fits = s && s->kind() != 0;
      if (fits) result.value_ = Scalar(s->to_double());
      break;
    case HG_STRING:
      fits = word() != nullptr;
      if (fits && declared.choices && !is_choice(declared.choices, *word()))
        return refuse(std::string("one of ") + declared.choices);
      break;
    case HG_FLOATS:
      fits = list() != nullptr;
      if (fits && declared.dflt.kind == HG_FLOATS &&
          list()->size() != size_t(declared.dflt.count))
        return refuse("a list of " + std::to_string(declared.dflt.count) + " numbers");
      break;
  }
  if (!fits) return refuse(kind_text(declared));

  auto check = [&](double x) {
    bool low = declared.lo.kind != HG_NONE && !(x >= as_number(declared.lo));
    bool high = declared.hi.kind != HG_NONE && !(x <= as_number(declared.hi));
    if (low) refuse("at least " + number_text(as_number(declared.lo)));
    if (high) refuse("at most " + number_text(as_number(declared.hi)));
  };
  if (result.scalar()) check(result.number());
  if (result.list()) {
    for (double x : *result.list()) check(x);
  }
  return result;
}

std::optional<Hyper> Hyper::read(const hg_attr& declared, std::string_view text) {
  if (declared.dflt.kind == HG_NONE && text == "none") return Hyper(std::nullopt);
  double x;
  int64_t i;
  std::vector<double> numbers;
  switch (declared.kind) {
    case HG_BOOL:
      if (text == "true" || text == "false") return Hyper(text == "true");
      break;
    case HG_INT:
      if (read_number(text, i)) return Hyper(i);
      break;
    case HG_FLOAT:
      if (read_number(text, x)) return Hyper(x);
      break;
    case HG_STRING: return Hyper(std::string(text));
    case HG_FLOATS:
      if (read_list(text, numbers)) return Hyper(std::move(numbers));
      break;
  }
  return {};
}

double Hyper::number() const {
  if (const Scalar* s = scalar()) return s->to_double();
  throw Error("optimizer", to_string() + " was given where one number is needed");
}

std::string Hyper::to_string() const {
  if (const auto* numbers = list()) return list_text(*numbers);
  if (word()) return *word();
  if (!given()) return "none";
  return scalar()->kind() == 2 ? number_text(number()) : scalar()->to_string();
}

}  // namespace hg::optim
