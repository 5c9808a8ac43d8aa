// handgrad plugin check: does a plugin keep its part of the contract?
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hg::cli {

struct CheckOptions {
  std::string plugin;             // a path, a name, or "core"
  std::vector<std::string> only;  // these operators; empty: all
  uint64_t seed = 0;              // of the numbers that operators are tried with
  double seconds = 20;            // the most that a test may take
  bool json = false;
};

/// Tests every kernel of the plugin, each test in a process of its own, and prints what
/// was found. Needs nothing of the plugin's author but the samples in the definitions.
/// False if there were findings.
bool check_plugin(const CheckOptions& options);

}  // namespace hg::cli
