#include "learn/live.hpp"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <vector>

#include "learn/terminal.hpp"

namespace hg::learn {

// What all live parts together have on the screen.
class LiveScreen {
 public:
  static LiveScreen& instance() {
    static LiveScreen screen;
    return screen;
  }

  void add(LivePart* part) {
    const std::lock_guard lock(mutex_);
    parts_.push_back(part);
  }

  void remove(LivePart* part) {
    const std::lock_guard lock(mutex_);
    std::erase(parts_, part);
    if (!part->text_.empty()) redraw();
  }

  void set(LivePart* part, std::string text) {
    const std::lock_guard lock(mutex_);
    part->text_ = std::move(text);
    redraw();
  }

  void print(const std::string& line) {
    const std::lock_guard lock(mutex_);
    const bool drawn = rows_drawn_ > 0;
    if (drawn) std::fputs(wiped().c_str(), stdout);
    std::puts(line.c_str());
    std::fflush(stdout);
    if (drawn) redraw();
  }

 private:
  // Back to the first row of the last drawing, and wipe all below.
  std::string wiped() {
    std::string codes;
    if (rows_drawn_ > 0) codes = "\x1b[" + std::to_string(rows_drawn_) + "A";
    rows_drawn_ = 0;
    return codes + "\r\x1b[J";
  }

  void redraw() {
    const Terminal screen = terminal();
    if (!screen.live || is_quiet()) return;
    std::string text;
    for (const LivePart* part : parts_) text += part->text_;
    // What has scrolled off the top can't be replaced: show the last rows only.
    auto rows = std::count(text.begin(), text.end(), '\n');
    for (; rows >= screen.rows; --rows) text.erase(0, text.find('\n') + 1);

    // Without wrapping long lines, and in one piece so that nothing flickers.
    const std::string codes = wiped() + "\x1b[?7l" + text + "\x1b[?7h";
    std::fwrite(codes.data(), 1, codes.size(), stdout);
    std::fflush(stdout);
    rows_drawn_ = rows;
  }

  std::mutex mutex_;
  std::vector<LivePart*> parts_;
  std::ptrdiff_t rows_drawn_ = 0;
};

LivePart::LivePart() { LiveScreen::instance().add(this); }
LivePart::~LivePart() { LiveScreen::instance().remove(this); }
void LivePart::set(std::string text) { LiveScreen::instance().set(this, std::move(text)); }

void print_line(const std::string& line) { LiveScreen::instance().print(line); }

}  // namespace hg::learn
