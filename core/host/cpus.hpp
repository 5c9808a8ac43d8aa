// How many CPUs this process may keep busy.
#pragma once

#include <optional>
#include <string>

namespace hg {

/// The smaller of two limits: the CPUs the scheduler lets us run on (taskset), and the
/// share of CPU time the control group grants (what a container is given). At least 1.
int available_cpus();

/// The control group's limit in whole CPUs, rounded down but at least 1: two threads on
/// 1.5 CPUs would keep stopping each other. Nothing if there is no limit. `root` stands
/// for "/".
std::optional<int> control_group_cpus(const std::string& root = "/");

}  // namespace hg
