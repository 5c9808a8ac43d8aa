// How long a lesson is going to take, told before anybody has waited for it.
#pragma once

#include "learn/lesson.hpp"

namespace hg {

/// Prints how long the work ahead will take. If that is more than ten minutes, it is done
/// only with --yes: without it this throws, and the lesson ends.
///
///     Timer timer;
///     for (int i = 0; i < 5; ++i) step();
///     confirm_time(lesson, timer.stop() / 5 * steps);
void confirm_time(const Lesson& lesson, double seconds);

}  // namespace hg
