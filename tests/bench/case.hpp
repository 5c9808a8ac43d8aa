// What the bench measures: a case is a piece of work that is done again and again.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace hg::bench {

/// A case that is ready to run.
struct Work {
  double items = 1;            // samples, tokens or calls in one run()
  std::function<void()> run;   // a whole training step, or one call
  std::function<double()> loss = nullptr;  // a step that tells its loss; of workloads only
};

/// A case as it is listed. Its data and weights are made when `make` is called.
struct Case {
  std::string name, group;  // "lenet_relu" of "all", "relu 4096x1024 fwd" of "elementwise"
  std::string unit;         // what `items` counts
  std::function<Work()> make;
};

std::vector<Case> training_cases();     // workloads.cpp
std::vector<Case> convolution_cases();  // micro.cpp
std::vector<Case> elementwise_cases();
std::vector<Case> overhead_cases();

}  // namespace hg::bench
