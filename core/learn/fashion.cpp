#include "learn/fashion.hpp"

#include <optional>

#include "learn/progress.hpp"

namespace hg {

data::Fashion load_fashion(const Lesson& lesson, data::FashionOptions options) {
  std::optional<Progress> shown;
  int64_t before = 0;
  options.progress = [&](int64_t done, int64_t total) {
    if (!shown) shown.emplace("drawing the garments, once", total, "images");
    shown->add(done - before);
    before = done;
  };
  data::Fashion fashion = data::load_fashion(lesson.data(), options);
  shown.reset();
  lesson.note("Data: " + fashion.source + ", " + std::to_string(fashion.train.size()) +
              " to train on, " + std::to_string(fashion.test.size()) + " to test on");
  return fashion;
}

}  // namespace hg
