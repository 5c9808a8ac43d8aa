// Tests in processes of their own: whatever a kernel does there, crash, hang or exit, is
// one more finding, and the checker goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace hg::cli::check {

/// Something that breaks the contract.
struct Finding {
  std::string test;     // "gradients"; hints belong to it (check_report.cpp)
  std::string kernel;   // "f32"; empty if it is about the operator itself
  std::string sample;   // what the operator was called with
  std::string problem;  // with the numbers
};

/// What came of a test.
struct Outcome {
  int64_t checks = 0;
  std::vector<Finding> findings;
  std::vector<std::string> notes;
  std::string test, sample;  // what was under way last
  bool finished = false;
  std::string death;    // why not: "SIGSEGV: read 4 bytes past the end of in[0]"
  std::string printed;  // the end of what it wrote to the terminal
};

/// How a test tells what it finds.
class Log {
 public:
  explicit Log(int pipe) : pipe_(pipe) {}

  /// `test` is now looked at with `sample`, in case that nothing is heard any more.
  void at(const std::string& test, const std::string& sample);
  /// One rule was looked at once.
  void checked(int64_t n = 1) { checks_ += n; }
  void finding(const std::string& problem);
  void finding(const std::string& test, const std::string& sample,
               const std::string& problem);
  /// Good to know, but no fault.
  void note(const std::string& text);
  void done();
  bool clean() const { return findings_ == 0; }

 private:
  void send(const std::string& record);
  int pipe_;
  int64_t checks_ = 0, findings_ = 0;
  std::string test_, sample_;
};

/// Runs `test` in a copy of this process and waits for it, `seconds` at most. The copy's
/// output is caught. (Fork while no other thread of this process runs.)
Outcome run_apart(const std::function<void(Log&)>& test, double seconds);

}  // namespace hg::cli::check
