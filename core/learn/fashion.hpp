// The images of a lesson, and a line that says which they are.
#pragma once

#include "data/fashion.hpp"
#include "learn/lesson.hpp"

namespace hg {

/// data::load_fashion() with the lesson's --data. Prints what was found, and shows
/// progress while the bundled garments are drawn for the first time.
data::Fashion load_fashion(const Lesson& lesson, data::FashionOptions options = {});

}  // namespace hg
