#include "host/cpus.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

namespace hg {
namespace {

// The first two words of a file; empty strings where there are none.
std::pair<std::string, std::string> two_words(const std::string& path) {
  std::ifstream file(path);
  std::pair<std::string, std::string> words;
  file >> words.first >> words.second;
  return words;
}

// quota / period in microseconds; nothing for "max", -1 or a file that is not there.
std::optional<double> ratio(const std::string& quota, const std::string& period) {
  char* end = nullptr;
  double q = std::strtod(quota.c_str(), &end);
  if (end == quota.c_str() || q <= 0) return {};
  double p = std::strtod(period.c_str(), &end);
  if (end == period.c_str() || p <= 0) return {};
  return q / p;
}

// The least ratio of `group` and of the groups around it, up to the top of `tree`.
template <class Read>
std::optional<double> least(const std::string& tree, std::string group, const Read& read) {
  std::optional<double> result;
  while (true) {
    if (std::optional<double> r = read(tree + group))
      result = std::min(result.value_or(*r), *r);
    if (group.empty() || group == "/") return result;
    group.erase(group.find_last_of('/'));
  }
}

bool contains(const std::string& list, const std::string& word) {
  std::istringstream in(list);
  for (std::string one; std::getline(in, one, ',');) {
    if (one == word) return true;
  }
  return false;
}

}  // namespace

std::optional<int> control_group_cpus(const std::string& root) {
  // Lines "hierarchy:controllers:/path/of/the/group"; version 2 has hierarchy 0 and no
  // controllers. Inside a container the path may be that of the host, and not be found:
  // the walk upwards then ends at the container's own limit.
  std::ifstream groups(root + "/proc/self/cgroup");
  std::optional<double> cpus;
  for (std::string line; std::getline(groups, line);) {
    size_t a = line.find(':'), b = line.find(':', a + 1);
    if (a == std::string::npos || b == std::string::npos) continue;
    std::string controllers = line.substr(a + 1, b - a - 1), group = line.substr(b + 1);
    std::optional<double> found;
    if (controllers.empty()) {
      found = least(root + "/sys/fs/cgroup", group, [](const std::string& folder) {
        auto [quota, period] = two_words(folder + "/cpu.max");
        return ratio(quota, period);
      });
    } else if (contains(controllers, "cpu")) {
      for (const char* tree : {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"}) {
        if (found) break;
        found = least(root + tree, group, [](const std::string& folder) {
          return ratio(two_words(folder + "/cpu.cfs_quota_us").first,
                       two_words(folder + "/cpu.cfs_period_us").first);
        });
      }
    }
    if (found) cpus = std::min(cpus.value_or(*found), *found);
  }
  if (!cpus) return {};
  return int(std::clamp(*cpus, 1.0, 65536.0));
}

int available_cpus() {
  int n = int(std::max(1u, std::thread::hardware_concurrency()));
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) n = std::max(1, CPU_COUNT(&set));
  return std::min(n, control_group_cpus().value_or(n));
}

}  // namespace hg
