// Running a piece of work in a process of its own, so that its memory is its own, too.
#pragma once

#include <functional>
#include <string>

namespace hg::bench {

/// Calls `work` in a child process and returns the text that it returns there. If the
/// child throws, or dies, that is an Error here.
std::string isolated(const std::function<std::string()>& work);

/// What a process holds in memory now, and the most that it ever held, in bytes.
double resident_bytes();
double peak_bytes();
/// How often it touched a page that the system had to provide.
long page_faults();

}  // namespace hg::bench
