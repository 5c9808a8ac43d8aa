#include "learn/cifar.hpp"

namespace hg {

data::Cifar10 load_cifar10(const Lesson& lesson, const data::Cifar10Options& options) {
  data::Cifar10 set = data::load_cifar10(lesson.data(), options);
  lesson.note("Data: " + set.source + ", " + std::to_string(set.train.size()) +
              " to train on, " + std::to_string(set.test.size()) + " to test on");
  return set;
}

}  // namespace hg
