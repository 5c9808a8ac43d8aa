#include "learn/sets.hpp"

#include <optional>

#include "learn/progress.hpp"

namespace hg {

static void note_what_was_found(const Lesson& lesson, const auto& set) {
  lesson.note("Data: " + set.source + ", " + std::to_string(set.train.size()) +
              " to train on, " + std::to_string(set.test.size()) + " to test on");
}

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
  note_what_was_found(lesson, fashion);
  return fashion;
}

data::Cifar10 load_cifar10(const Lesson& lesson, const data::Cifar10Options& options) {
  data::Cifar10 set = data::load_cifar10(lesson.data(), options);
  note_what_was_found(lesson, set);
  return set;
}

}  // namespace hg
