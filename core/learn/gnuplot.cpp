#include "learn/gnuplot.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "tensor/error.hpp"

namespace hg::learn {

namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// A file without a name, gone when it is closed. Files, unlike pipes, never make one
// process wait for the other to read.
File temporary_file() {
  File file(std::tmpfile());
  if (!file)
    throw Error("gnuplot", std::string("no temporary file: ") + std::strerror(errno));
  return file;
}

std::string contents(std::FILE* file) {
  std::string out;
  std::rewind(file);
  char block[65536];
  for (size_t n; (n = std::fread(block, 1, sizeof block, file)) > 0;) out.append(block, n);
  return out;
}

// What gnuplot prints of an error is the line, a caret under it, and at last the reason.
std::string last_line(const std::string& text) {
  const size_t end = text.find_last_not_of(" \n");
  if (end == std::string::npos) return "it ended without a picture";
  const size_t begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1, end - begin);
}

}  // namespace

std::optional<std::string> run_gnuplot(const std::string& script) {
  const File in = temporary_file(), out = temporary_file(), err = temporary_file();
  if (std::fwrite(script.data(), 1, script.size(), in.get()) != script.size() ||
      std::fflush(in.get()) != 0) {
    throw Error("gnuplot", std::string("cannot write its script: ") + std::strerror(errno));
  }
  std::rewind(in.get());

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(in.get()), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(out.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(err.get()), STDERR_FILENO);
  char name[] = "gnuplot", defaults[] = "--default-settings";
  char* arguments[] = {name, defaults, nullptr};
  pid_t child = 0;
  const int failed = posix_spawnp(&child, name, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT || failed == EACCES) return std::nullopt;
  if (failed) throw Error("gnuplot", std::string("cannot start: ") + std::strerror(failed));

  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR)
      throw Error("gnuplot", std::string("lost: ") + std::strerror(errno));
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw Error("gnuplot", last_line(contents(err.get())));
  }
  return contents(out.get());
}

}  // namespace hg::learn
