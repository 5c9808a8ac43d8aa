// How far long work has come, how fast it goes, and when it will end.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "learn/live.hpp"

namespace hg {

/// One line at the foot of the terminal:
///
///     epoch 3/10 [=========>           ]  45%  12.3k examples/s  4 s left
///
/// It goes when the object goes. Where the output is no terminal, it never appears.
///
///     Progress progress("epoch 3/10", dataset.size(), "examples");
///     for (auto& [x, y] : loader) { ...; progress.add(batch_size); }
class Progress {
 public:
  /// `total` is the number of units there are to do, 0 if that is not known.
  Progress(std::string label, int64_t total, std::string unit = "examples");

  /// `count` more units are done.
  void add(int64_t count = 1);

  /// A few words at the end of the line: the loss, say.
  void note(std::string words);

 private:
  void draw();

  std::string label_, unit_, note_;
  int64_t total_, done_ = 0;
  std::chrono::steady_clock::time_point start_, drawn_;
  learn::LivePart part_;
};

namespace learn {

/// The state of a piece of work, and the line that shows it in at most `columns`.
struct Work {
  std::string label, unit, note;
  int64_t done = 0, total = 0;
  double seconds = 0;
};
std::string progress_line(const Work& work, int columns);

/// "45 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double seconds);

/// "950", "12.3k", "4.56M": three significant digits.
std::string count_text(double count);

}  // namespace learn
}  // namespace hg
