// The pictures of a lesson, and a line that says which they are.
#pragma once

#include "data/cifar.hpp"
#include "data/fashion.hpp"
#include "learn/lesson.hpp"

namespace hg {

/// data::load_fashion() with the lesson's --data. Prints what was found, and shows
/// progress while the bundled garments are drawn for the first time.
data::Fashion load_fashion(const Lesson& lesson, data::FashionOptions options = {});

/// data::load_cifar10() with the lesson's --data. Prints what was found.
data::Cifar10 load_cifar10(const Lesson& lesson, const data::Cifar10Options& options = {});

}  // namespace hg
