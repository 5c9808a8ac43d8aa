#include "learn/estimate.hpp"

#include <cmath>

#include "learn/progress.hpp"
#include "tensor/error.hpp"

namespace hg {

void confirm_time(const Lesson& lesson, double seconds) {
  if (!(seconds >= 0) || std::isinf(seconds)) {
    throw Error("confirm_time", std::to_string(seconds) + " seconds are no time");
  }
  const std::string time = learn::duration_text(seconds);
  lesson.note("This takes about " + time + " on this machine.");
  if (seconds <= 600 || lesson.yes()) return;
  throw Error("confirm_time", "about " + time + " are more than ten minutes",
              "--yes goes ahead");
}

}  // namespace hg
