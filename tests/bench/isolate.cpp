#include "isolate.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "tensor/error.hpp"

namespace hg::bench {
namespace {

rusage usage() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return u;
}

// The child's part. The first letter of what it sends says whether it got through.
[[noreturn]] void child(int to_parent, const std::function<std::string()>& work) {
  std::string text;
  try {
    text = "+" + work();
  } catch (const std::exception& e) {
    text = std::string("-") + e.what();
  }
  std::fflush(stdout);
  for (size_t sent = 0; sent < text.size();) {
    ssize_t n = write(to_parent, text.data() + sent, text.size() - sent);
    if (n < 0 && errno != EINTR) break;
    if (n > 0) sent += size_t(n);
  }
  _exit(0);
}

}  // namespace

std::string isolated(const std::function<std::string()>& work) {
  int ends[2];
  if (pipe(ends) != 0) throw Error("bench", std::string("no pipe: ") + strerror(errno));
  std::fflush(stdout);
  pid_t pid = fork();
  if (pid < 0) throw Error("bench", std::string("no process: ") + strerror(errno));
  if (pid == 0) {
    close(ends[0]);
    child(ends[1], work);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) != 0;) {
    if (n > 0) text.append(buffer, size_t(n));
    if (n < 0 && errno != EINTR) break;
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (text.empty()) {
    std::string how = "ended with status " + std::to_string(WEXITSTATUS(status));
    if (WIFSIGNALED(status)) how = std::string("killed: ") + strsignal(WTERMSIG(status));
    throw Error("bench", how);
  }
  if (text[0] == '-') throw Error("bench", text.substr(1));
  return text.substr(1);
}

double resident_bytes() {
  double pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * double(sysconf(_SC_PAGESIZE));
}
double peak_bytes() { return double(usage().ru_maxrss) * 1024; }
long page_faults() { return usage().ru_minflt + usage().ru_majflt; }

}  // namespace hg::bench
