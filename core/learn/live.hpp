// Text at the foot of the output that is replaced in place: a progress bar, a plot that
// grows while the network trains.
#pragma once

#include <string>

namespace hg::learn {

/// One such piece of text. Several may be alive: they stand below each other in the order
/// in which they were made. What is printed meanwhile goes through print_line(), as the
/// next set() would write over it. Where the output is no terminal, nothing appears.
class LivePart {
 public:
  LivePart();
  ~LivePart();  // takes the text away
  LivePart(const LivePart&) = delete;
  LivePart& operator=(const LivePart&) = delete;

  /// The text from now on, its lines ended by '\n'.
  void set(std::string text);

 private:
  friend class LiveScreen;
  std::string text_;
};

/// Prints a line that stays, above all live parts.
void print_line(const std::string& line);

}  // namespace hg::learn
