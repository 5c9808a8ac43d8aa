#include "optim/numbers.hpp"

#include <charconv>
#include <utility>

#include "tensor/error.hpp"

namespace hg::optim {
namespace {

template <class T>
bool read(std::string_view text, T& x) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  x = value;
  return true;
}

}  // namespace

std::string number_text(double x) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, x).ptr};
}

std::string list_text(std::span<const double> list) {
  std::string text;
  for (double x : list) text += (text.empty() ? "(" : ", ") + number_text(x);
  return text.empty() ? "()" : text + ")";
}

bool read_number(std::string_view text, double& x) { return read(text, x); }
bool read_number(std::string_view text, int64_t& x) { return read(text, x); }

bool read_list(std::string_view text, std::vector<double>& list) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return false;
  text = text.substr(1, text.size() - 2);
  std::vector<double> numbers;
  while (!text.empty()) {
    size_t comma = text.find(", ");
    double x;
    if (!read(text.substr(0, comma), x)) return false;
    numbers.push_back(x);
    if (comma == text.npos) break;
    text.remove_prefix(comma + 2);
    if (text.empty()) return false;  // a comma, and nothing behind it
  }
  list = std::move(numbers);
  return true;
}

NumberReader::NumberReader(std::string what, const Numbers& numbers)
    : what_(std::move(what)) {
  for (const auto& [name, text] : numbers) {
    if (!unread_.emplace(name, text).second) problem(name + " stands there twice");
  }
}

std::optional<std::string> NumberReader::text(const std::string& name) {
  auto found = unread_.extract(name);
  if (!found) {
    problem(name + " is missing");
    return {};
  }
  return std::move(found.mapped());
}

void NumberReader::read(const std::string& name, double& x) {
  auto found = text(name);
  if (found && !read_number(*found, x)) unreadable(name, *found, "a number");
}

void NumberReader::read(const std::string& name, std::vector<double>& list) {
  std::vector<double> numbers;
  auto found = text(name);
  if (!found) return;
  if (!read_list(*found, numbers)) return unreadable(name, *found, "a list of numbers");
  if (numbers.size() != list.size()) {
    return problem(name + " has " + std::to_string(numbers.size()) + " numbers, not " +
                   std::to_string(list.size()));
  }
  list = std::move(numbers);
}

void NumberReader::read(const std::string& name, int64_t& x, int64_t least, int64_t most) {
  auto found = text(name);
  int64_t value;
  if (!found) return;
  if (!read_number(*found, value) || value < least || value > most) {
    return unreadable(name, *found, "a whole number that may stand there");
  }
  x = value;
}

void NumberReader::expect(const std::string& name, const std::string& here) {
  auto found = text(name);
  if (found && *found != here) {
    problem(name + " is " + *found + " in the state, " + here + " here");
  }
}

void NumberReader::unreadable(const std::string& name, const std::string& found,
                              const std::string& expected) {
  problem(name + " is '" + found.substr(0, 40) + "', not " + expected);
}

void NumberReader::finish() {
  for (const auto& [name, text] : unread_) problem(name + " is not known here");
  check();
}

void NumberReader::check() const {
  if (problems_.empty()) return;
  constexpr size_t shown = 8;
  std::string list;
  for (size_t i = 0; i < problems_.size() && i < shown; ++i) list += "\n  " + problems_[i];
  if (problems_.size() > shown) {
    list += "\n  and " + std::to_string(problems_.size() - shown) + " more";
  }
  throw Error("load_state_dict", "the state does not fit " + what_ + ":" + list);
}

}  // namespace hg::optim
