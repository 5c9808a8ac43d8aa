#include "cli/check_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/check_memory.hpp"
#include "host/thunk.hpp"
#include "tensor/error.hpp"

namespace hg::cli::check {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

// ---- in the copy ---------------------------------------------------------------------

void write_all(int fd, const char* text, size_t n) {
  while (n > 0) {
    ssize_t written = write(fd, text, n);
    if (written <= 0) return;  // the one who asked is gone
    text += written;
    n -= size_t(written);
  }
}

// A record: in a line of its own, whatever bytes the texts in it are made of.
std::string line(const Json& record) {
  return record.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

int fault_pipe = -1;

// What the signal is about, in words; `context` knows whether memory was read or written.
void describe_fault(int signal, const siginfo_t* info, void* context, char* text,
                    size_t room) {
  if (signal == SIGFPE) {
    std::snprintf(text, room, "it divided a whole number by 0");
  } else if (signal == SIGSEGV || signal == SIGBUS) {
    const char* verb = "touched";
#if defined(__x86_64__)
    auto error = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_ERR];
    verb = error & 2 ? "wrote" : "read";  // bit 1 of a page fault's error code: a write
#else
    (void)context;
#endif
    char place[160];
    describe_address(info->si_addr, place, sizeof place);
    std::snprintf(text, room, "it %s %s", verb, place);
  } else {
    std::snprintf(text, room, "it gave up");
  }
}

// Says what happened, then lets the same instruction do it again, deadly. It may run on a
// small stack of its own, as the fault may be that the stack is full.
void on_fault(int signal, siginfo_t* info, void* context) {
  if (signal == SIGSEGV && spring_wire(info->si_addr)) return;
  char what[200], record[300];
  describe_fault(signal, info, context, what, sizeof what);
  bool inside = breadcrumb.phase != nullptr;  // a callback, or the checker itself
  int n = std::snprintf(record, sizeof record, "{\"fault\":\"%s%s%s%s\"}\n",
                        inside ? "in " : "", inside ? breadcrumb.phase : "",
                        inside ? " " : "", what);
  write_all(fault_pipe, record, size_t(n));
  ::signal(signal, SIG_DFL);
}

void catch_faults(int pipe) {
  static char stack[65536];
  fault_pipe = pipe;
  stack_t alternative{};
  alternative.ss_sp = stack;
  alternative.ss_size = sizeof stack;
  sigaltstack(&alternative, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    sigaction(signal, &action, nullptr);
  }
}

[[noreturn]] void be_the_copy(const std::function<void(Log&)>& test, int pipe,
                              int printed) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody waits for it any more
  rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  dup2(printed, 1);
  dup2(printed, 2);
  catch_faults(pipe);
  Log log(pipe);
  try {
    test(log);
  } catch (const std::exception& e) {
    log.finding(e.what());
  }
  log.done();
  _exit(0);
}

// ---- in the one that waits -----------------------------------------------------------

// Reads records until the other end is closed. False if time is up before.
bool listen(int pipe, Clock::time_point deadline, std::string& records) {
  for (;;) {
    auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd wait{pipe, POLLIN, 0};
    if (poll(&wait, 1, int(left.count()) + 1) <= 0) continue;
    char text[4096];
    ssize_t n = read(pipe, text, sizeof text);
    if (n <= 0) return true;
    records.append(text, size_t(n));
  }
}

// Takes in a record for each line; returns what the handler said about a fault.
std::string understand(const std::string& records, Outcome& outcome) {
  std::string fault;
  for (size_t begin = 0; begin < records.size();) {
    size_t end = std::min(records.find('\n', begin), records.size());
    Json r = Json::parse(records.substr(begin, end - begin), nullptr, false);
    begin = end + 1;
    if (!r.is_object()) continue;  // it died while writing
    if (r.contains("fault")) fault = r["fault"];
    if (r.contains("note")) outcome.notes.push_back(r["note"]);
    if (r.contains("checks")) {
      outcome.checks = r["checks"];
      outcome.finished = true;
    }
    if (r.contains("problem")) {
      outcome.findings.push_back({r["test"], "", r["sample"], r["problem"]});
    } else if (r.contains("test")) {
      outcome.test = r["test"];
      outcome.sample = r["sample"];
    }
  }
  return fault;
}

std::string read_end(int fd) {
  constexpr off_t most = 800;
  off_t size = lseek(fd, 0, SEEK_END);
  std::string text(size_t(std::min(size, most)), ' ');
  ssize_t n = pread(fd, text.data(), text.size(), size - off_t(text.size()));
  text.resize(size_t(std::max<ssize_t>(n, 0)));
  return text;
}

std::string death_of(int status, const std::string& fault) {
  if (WIFSIGNALED(status)) {
    int number = WTERMSIG(status);
    const char* name = sigabbrev_np(number);
    std::string text =
        name ? "SIG" + std::string(name) : "signal " + std::to_string(number);
    return text +
           (fault.empty() ? std::string(" (") + strsignal(number) + ")" : ": " + fault);
  }
  return "the process ended, with exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

void Log::send(const std::string& record) {
  write_all(pipe_, record.data(), record.size());
}

void Log::at(const std::string& test, const std::string& sample) {
  test_ = test;
  sample_ = sample;
  send(line(Json{{"test", test}, {"sample", sample}}));
}

void Log::finding(const std::string& problem) { finding(test_, sample_, problem); }

void Log::finding(const std::string& test, const std::string& sample,
                  const std::string& problem) {
  ++findings_;
  send(line(Json{{"test", test}, {"sample", sample}, {"problem", problem}}));
}

void Log::note(const std::string& text) { send(line(Json{{"note", text}})); }
void Log::done() { send(line(Json{{"checks", checks_}})); }

Outcome run_apart(const std::function<void(Log&)>& test, double seconds) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error("plugin check", std::strerror(errno));
  int printed = memfd_create("printed", MFD_CLOEXEC);
  std::cout.flush();
  std::fflush(nullptr);
  pid_t copy = fork();
  if (copy < 0) throw Error("plugin check", std::string("fork: ") + std::strerror(errno));
  if (copy == 0) {
    close(ends[0]);
    be_the_copy(test, ends[1], printed);
  }
  close(ends[1]);

  Outcome outcome;
  std::string records;
  auto deadline = Clock::now() + std::chrono::milliseconds(int64_t(seconds * 1000));
  bool ended = listen(ends[0], deadline, records);
  int status = 0;
  while (ended && waitpid(copy, &status, WNOHANG) == 0) {  // it has closed the pipe: soon
    ended = Clock::now() < deadline;
    usleep(50);
  }
  if (!ended) {
    kill(copy, SIGKILL);
    waitpid(copy, &status, 0);
  }
  close(ends[0]);

  std::string fault = understand(records, outcome);
  if (!outcome.finished) {
    outcome.death = ended ? death_of(status, fault)
                          : "still running after " + std::to_string(int(seconds)) + " s";
    outcome.printed = read_end(printed);
  }
  close(printed);
  return outcome;
}

}  // namespace hg::cli::check
