// What a check has found, as lines for people or as JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "cli/check_process.hpp"

namespace hg::cli::check {

/// About one operator, one optimizer, or the plugin's entry function.
struct Part {
  std::string name;
  std::string kernels;  // "f32 f64"
  int64_t checks = 0;
  std::vector<Finding> findings;
  std::vector<std::string> notes;

  explicit Part(std::string name, std::string kernels = {})
      : name(std::move(name)), kernels(std::move(kernels)) {}

  /// Takes over what came of a test. Of many findings of one kind the first few are kept.
  void take(const Outcome& outcome, const std::string& kernel);
  /// One finding more. The same for another kernel only adds its name.
  void add(Finding finding);
};

struct Report {
  std::string plugin, version, path;
  std::vector<Part> parts;

  int64_t checks() const;
  size_t findings() const;
};

/// "acme.swish  f32 f64  ok  38 checks", followed by its findings if there are any.
/// The widths are those of the first two columns.
void print_part(const Part& part, size_t name_width, size_t kernels_width);
void print_summary(const Report& report);
void print_json(const Report& report);

}  // namespace hg::cli::check
