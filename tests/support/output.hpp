// What a piece of code prints: to a file, as in a pipeline, or to a terminal.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

namespace hg::test {

/// Points a stream of this process somewhere else while it lives.
class Redirect {
 public:
  Redirect(std::FILE* stream, int to) : stream_(stream), kept_(dup(fileno(stream))) {
    std::fflush(stream_);
    dup2(to, fileno(stream_));
  }
  ~Redirect() {
    std::fflush(stream_);
    dup2(kept_, fileno(stream_));
    close(kept_);
  }
  Redirect(const Redirect&) = delete;
  Redirect& operator=(const Redirect&) = delete;

 private:
  std::FILE* stream_;
  int kept_;
};

/// What f prints to `stream` when that is a file.
template <class F>
std::string printed_by(std::FILE* stream, F&& f) {
  std::FILE* file = std::tmpfile();
  if (!file) throw std::runtime_error("no temporary file");
  {
    const Redirect redirect(stream, fileno(file));
    f();
  }
  std::string text(size_t(lseek(fileno(file), 0, SEEK_END)), '\0');
  lseek(fileno(file), 0, SEEK_SET);
  const ssize_t got = read(fileno(file), text.data(), text.size());
  std::fclose(file);
  text.resize(got < 0 ? 0 : size_t(got));
  return text;
}

/// What f prints to standard output when that is a terminal of the size given.
template <class F>
std::string printed_on_terminal(int columns, int rows, F&& f) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || grantpt(master) || unlockpt(master)) {
    throw std::runtime_error("no pseudo-terminal");
  }
  const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = static_cast<unsigned short>(rows);
  ioctl(slave, TIOCSWINSZ, &size);

  std::string text;
  // A terminal holds back a writer whom nobody reads. The reader's end comes when the last
  // descriptor of the slave is closed.
  std::thread reader([&] {
    char block[4096];
    for (ssize_t n; (n = read(master, block, sizeof block)) > 0;)
      text.append(block, size_t(n));
  });
  {
    const Redirect redirect(stdout, slave);
    f();
  }
  close(slave);
  reader.join();
  close(master);
  return text;
}

/// Sets a variable of the environment, or unsets it (null), while it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = getenv(name)) {
      had_ = true;
      old_ = old;
    }
    set(value);
  }
  ~Variable() { set(had_ ? old_.c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) { value ? setenv(name_, value, 1) : unsetenv(name_); }

  const char* name_;
  bool had_ = false;
  std::string old_;
};

}  // namespace hg::test
