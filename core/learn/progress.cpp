#include "learn/progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "learn/scale.hpp"
#include "learn/terminal.hpp"

namespace hg {

namespace learn {

std::string duration_text(double seconds) {
  if (!(seconds < 1e7)) return "months";
  const auto s = int64_t(std::llround(seconds));
  auto text = [](int64_t n, const char* unit) { return std::to_string(n) + " " + unit; };
  if (s < 60) return text(s, "s");
  if (s < 3600) return text(s / 60, "min ") + text(s % 60, "s");
  if (s < 86400) return text(s / 3600, "h ") + text(s % 3600 / 60, "min");
  return text(s / 86400, "d ") + text(s % 86400 / 3600, "h");
}

std::string count_text(double count) {
  const char* suffix = "";
  // 999.5 would be rounded to four digits: it belongs to the next suffix.
  for (const char* larger : {"k", "M", "G", "T"}) {
    if (std::abs(count) < 999.5) break;
    count /= 1000;
    suffix = larger;
  }
  return short_number(count, 3) + suffix;
}

std::string progress_line(const Work& work, int columns) {
  const double rate = work.seconds > 0 ? double(work.done) / work.seconds : 0;
  std::string facts;
  if (work.total > 0) {
    char percent[16];
    std::snprintf(percent, sizeof percent, " %3d%%",
                  int(std::min<int64_t>(
                      100, int64_t(100.0 * double(work.done) / double(work.total)))));
    facts += percent;
  } else {
    facts += " " + count_text(double(work.done)) + " " + work.unit;
  }
  if (rate > 0) {
    facts += "  " + count_text(rate) + " " + work.unit + "/s";
    if (work.done < work.total) {
      facts += "  " + duration_text(double(work.total - work.done) / rate) + " left";
    }
  }
  if (!work.note.empty()) facts += "  " + work.note;

  // The bar takes what the words leave, up to 30 columns.
  std::string bar;
  const int room = columns - display_width(work.label) - display_width(facts) - 3;
  if (work.total > 0 && room >= 5) {
    const int length = std::min(30, room);
    const double share = std::clamp(double(work.done) / double(work.total), 0.0, 1.0);
    const int full = int(share * length);
    bar = " [" + std::string(size_t(full), '=');
    if (full < length) bar += ">" + std::string(size_t(length - full - 1), ' ');
    bar += "]";
  }
  return fit(work.label + bar + facts, columns);
}

}  // namespace learn

Progress::Progress(std::string label, int64_t total, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      start_(std::chrono::steady_clock::now()) {
  draw();
}

void Progress::add(int64_t count) {
  done_ += count;
  // The eye follows ten drawings a second; more would only slow the work down.
  if (std::chrono::steady_clock::now() - drawn_ > std::chrono::milliseconds(100)) draw();
}

void Progress::note(std::string words) { note_ = std::move(words); }

void Progress::draw() {
  drawn_ = std::chrono::steady_clock::now();
  const Terminal screen = terminal();
  if (!screen.live) return;
  const double seconds = std::chrono::duration<double>(drawn_ - start_).count();
  part_.set(learn::progress_line({label_, unit_, note_, done_, total_, seconds},
                                 screen.columns - 1) +
            "\n");
}

}  // namespace hg
