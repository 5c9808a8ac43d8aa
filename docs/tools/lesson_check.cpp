// lesson-check: runs lessons in their default form and compares what they print with the
// //> lines of their source.
//
//     lesson-check PROGRAM SOURCE [PROGRAM SOURCE ...]
//     lesson-check --lessons-dir lessons --build-dir build/lessons [--only 3.6]
//
// Each //> line must appear in the output, in order; other lines may stand between. Both
// output streams count alike. A lesson also fails when it exits with a status
// other than 0, runs out of time, or has no //> line at all: then nothing was checked.
#include "literate.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <regex>
#include <sstream>
#include <thread>

namespace fs = std::filesystem;
namespace lit = hg::literate;

namespace {

using Clock = std::chrono::steady_clock;

struct Lesson {
  fs::path program, source;
};

struct Options {
  bool show = false;
  bool update = false;
  double timeout = 600;  // seconds
};

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path.string() + ": cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// ---- Running one program ---------------------------------------------------------------

constexpr std::size_t most_output = 1 << 20;  // bytes

struct Run {
  std::string output;
  std::string trouble;  // empty: the program ended with status 0
  double seconds = 0;
};

std::string describe(int status) {
  if (WIFSIGNALED(status))
    return std::string("was ended by a signal: ") + strsignal(WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  if (code == 127) return "could not be started";
  return code == 0 ? "" : "exit status " + std::to_string(code);
}

// Runs the program with no terminal and both output streams in one pipe, so that lines keep
// their order. HANDGRAD_DATA is empty: the //> lines belong to the bundled data.
Run run(const fs::path& program, double timeout) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe could be made");
  const auto path = fs::absolute(program).string();
  const auto start = Clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process could be made");
  if (child == 0) {
    setpgid(0, 0);  // a group of its own, so that all it starts can be ended with it
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    setenv("HANDGRAD_DATA", "", 1);
    execl(path.c_str(), path.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);

  Run result;
  std::string stopped;
  for (char buffer[4096];;) {
    pollfd wait{ends[0], POLLIN, 0};
    const int ready = poll(&wait, 1, 100);
    if (ready > 0) {
      const auto count = read(ends[0], buffer, sizeof buffer);
      if (count <= 0) break;
      result.output.append(buffer, static_cast<std::size_t>(count));
    }
    if (elapsed() > timeout) stopped = "took too long and was stopped (--timeout)";
    if (result.output.size() > most_output) stopped = "printed too much and was stopped";
    if (!stopped.empty()) {
      kill(-child, SIGKILL);
      break;
    }
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  result.seconds = elapsed();
  result.trouble = stopped.empty() ? describe(status) : stopped;
  return result;
}

// ---- Checking one lesson ---------------------------------------------------------------

std::string tolerance(const lit::OutputLine& line) {
  std::ostringstream text;
  if (line.absolute > 0)
    text << "numbers within " << line.absolute;
  else
    text << "numbers within " << 100 * line.relative << " %";
  return text.str();
}

// What is wrong with the lesson's output; empty: nothing.
std::string complaint(const std::vector<lit::OutputLine>& expected,
                      const std::vector<std::string>& printed, const Run& run) {
  std::ostringstream text;
  if (!run.trouble.empty()) {
    text << "  " << run.trouble << "\n";
    const auto from = printed.size() > 5 ? printed.size() - 5 : 0;
    for (auto k = from; k < printed.size(); ++k) text << "    | " << printed[k] << "\n";
  }
  if (expected.empty()) text << "  no //> line in the source: nothing was checked\n";
  if (const auto missing = lit::first_missing(expected, printed)) {
    text << "  line " << missing->expected.line << " expects    | "
         << missing->expected.text << "    (" << tolerance(missing->expected) << ")\n";
    if (missing->earlier) text << "    it was printed, but before its turn\n";
    if (missing->closest.empty())
      text << "    nothing more was printed\n";
    else
      text << "    closest printed | " << missing->closest << "\n";
  }
  return text.str();
}

struct Report {
  bool passed = false;
  std::string text;
};

Report check(const Lesson& lesson, const Options& options) {
  std::ostringstream text;
  const auto heading = [&](const char* verdict, double seconds) {
    char head[64];
    std::snprintf(head, sizeof head, "%-5s %6.1f s  ", verdict, seconds);
    text << head << lesson.source.string();
  };
  try {
    const auto source = read_file(lesson.source);
    auto expected = lit::expected_output(lit::parse(source));
    if (!fs::exists(lesson.program))
      throw std::runtime_error(lesson.program.string() +
                               ": not built (make lessons builds it)");
    const auto result = run(lesson.program, options.timeout);
    const auto printed = lit::split_lines(result.output);

    std::string note;
    if (options.update && result.trouble.empty()) {
      const auto update = lit::update(source, printed);
      if (update.changed > 0) {
        std::ofstream(lesson.source, std::ios::binary) << update.source;
        expected = lit::expected_output(lit::parse(update.source));
      }
      note = ", " + std::to_string(update.changed) + " renewed";
      if (update.lost > 0) note += ", " + std::to_string(update.lost) + " not found";
    }
    const auto wrong = complaint(expected, printed, result);
    heading(wrong.empty() ? "ok" : "FAIL", result.seconds);
    text << "  (" << expected.size() << " lines" << note << ")\n" << wrong;
    if (options.show)
      for (const auto& line : printed) text << "    | " << line << "\n";
    return {wrong.empty(), text.str()};
  } catch (const std::exception& error) {
    heading("FAIL", 0);
    text << "\n  " << error.what() << "\n";
    return {false, text.str()};
  }
}

// ---- Finding lessons -------------------------------------------------------------------

// "3.6" names lessons/ch03_x/06_y.cpp, "3" all of chapter 3.
bool is_wanted(const std::string& chapter, const std::string& section,
               const std::vector<std::string>& only) {
  const auto plain = [](const std::string& s) { return std::to_string(std::stoi(s)); };
  const auto number = plain(chapter) + "." + plain(section);
  const auto names = [&](const auto& o) { return o == number || o == plain(chapter); };
  return only.empty() || std::any_of(only.begin(), only.end(), names);
}

std::vector<Lesson> find_lessons(const fs::path& sources, const fs::path& programs,
                                 const std::vector<std::string>& only) {
  static const std::regex chapter_name("ch(\\d\\d)_\\w+"), lesson_name("(\\d\\d)_\\w+");
  std::vector<Lesson> lessons;
  for (const auto& folder : fs::directory_iterator(sources)) {
    std::smatch chapter, section;
    const auto topic = folder.path().filename().string();
    if (!folder.is_directory() || !std::regex_match(topic, chapter, chapter_name)) continue;
    for (const auto& file : fs::directory_iterator(folder)) {
      const auto title = file.path().stem().string();
      if (file.path().extension() != ".cpp" ||
          !std::regex_match(title, section, lesson_name) ||
          !is_wanted(chapter[1], section[1], only))
        continue;
      lessons.push_back({programs / topic / title, file.path()});
    }
  }
  std::sort(lessons.begin(), lessons.end(),
            [](const Lesson& a, const Lesson& b) { return a.source < b.source; });
  return lessons;
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Runs lessons and compares what they print with their //> lines.",
               "lesson-check");
  Options options;
  std::vector<std::string> pairs, only;
  std::string sources, programs = "build/lessons";
  unsigned jobs = 1;
  app.add_option("pairs", pairs, "PROGRAM SOURCE ...");
  auto* dir = app.add_option("--lessons-dir", sources, "check this folder's lessons");
  app.add_option("--build-dir", programs, "where their programs are")
      ->capture_default_str();
  app.add_option("--only", only, "a lesson (3.6) or a chapter (3); may be repeated")
      ->needs(dir);
  app.add_option("--jobs", jobs, "lessons run at once")->check(CLI::Range(1, 1024));
  app.add_option("--timeout", options.timeout, "seconds for one lesson")
      ->check(CLI::PositiveNumber);
  app.add_flag("--show", options.show, "print the output of each lesson");
  app.add_flag("--update", options.update, "renew the //> lines from the output");
  CLI11_PARSE(app, argc, argv);

  std::vector<Lesson> lessons;
  if (!sources.empty()) lessons = find_lessons(sources, programs, only);
  if (pairs.size() % 2 != 0) throw std::runtime_error(pairs.back() + ": and its source?");
  for (std::size_t k = 0; k < pairs.size(); k += 2)
    lessons.push_back({pairs[k], pairs[k + 1]});
  if (lessons.empty()) throw std::runtime_error("no lesson was named or found (--help)");

  std::atomic<std::size_t> next{0};
  std::atomic<int> passed{0}, failed{0};
  std::mutex printing;
  const auto work = [&] {
    for (std::size_t k; (k = next++) < lessons.size();) {
      const auto report = check(lessons[k], options);
      ++(report.passed ? passed : failed);
      const std::lock_guard lock(printing);
      std::cout << report.text << std::flush;
    }
  };
  std::vector<std::thread> workers;
  for (unsigned k = 1; k < jobs; ++k) workers.emplace_back(work);
  work();
  for (auto& worker : workers) worker.join();
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "lesson-check: " << error.what() << "\n";
  return 2;
}
