// Numbers as text, for the state of optimizers and schedules.
//
// A checkpoint keeps such numbers beside its tensors. They are written with as many digits
// as it takes to read back the same bits, so that a run that is resumed goes on exactly.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hg::optim {

/// Names and numbers: {"group.0.lr", "0.1"}. They fit the metadata of a safetensors file.
using Numbers = std::vector<std::pair<std::string, std::string>>;

/// The shortest text that reads back to the same number: "0.1", "1e-08", "inf".
std::string number_text(double x);
std::string list_text(std::span<const double> list);  ///< "(0.9, 0.999)"
/// Read what was written so. False, and nothing is changed, if the text is something else.
bool read_number(std::string_view text, double& x);
bool read_number(std::string_view text, int64_t& x);
bool read_list(std::string_view text, std::vector<double>& list);

/// Takes numbers out by name, and keeps account of all that is wrong with them: missing, no
/// number, left over. Nothing throws before `finish`, so that one message says everything.
class NumberReader {
 public:
  /// `what` shall be restored: "adam", "StepLR".
  NumberReader(std::string what, const Numbers& numbers);

  std::optional<std::string> text(const std::string& name);
  void read(const std::string& name, double& x);
  /// A list of as many numbers as `list` has.
  void read(const std::string& name, std::vector<double>& list);
  void read(const std::string& name, int64_t& x, int64_t least, int64_t most);
  /// It must be the same as here.
  void expect(const std::string& name, const std::string& here);

  void problem(const std::string& sentence) { problems_.push_back(sentence); }
  /// Throws an Error that lists the problems so far, if there are any.
  void check() const;
  /// The same, with all numbers that nobody has taken.
  void finish();

 private:
  void unreadable(const std::string& name, const std::string& found,
                  const std::string& expected);

  std::string what_;
  std::map<std::string, std::string> unread_;
  std::vector<std::string> problems_;
};

}  // namespace hg::optim
