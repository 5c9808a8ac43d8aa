// The race track of chapter 11: a linear model of the airfoil's noise, trained by any
// optimizer. Lesson 11.5 builds it step by step; the lessons after it use this copy.
#pragma once

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "handgrad.hpp"

namespace race {

using namespace hg;

/// 1500 rows of five features and a level, all as z-scores.
struct Track {
  Tensor X, y;   // (1500,5), (1500,1)
  double floor;  // the least loss that a linear model can have
  bool real;     // measured, not generated
  uint64_t seed;

  double loss(const Tensor& w, const Tensor& b) const {
    no_grad guard;
    return (X.mm(w) + b - y).square().mean().item() / 2;
  }
};

inline Track load(const Lesson& lesson) {
  const data::Regression airfoil = data::load_airfoil(lesson.data());
  std::printf("%s\n", airfoil.source.c_str());
  const Tensor X = data::Standardizer::fit(airfoil.features).transform(airfoil.features);
  const Tensor y = data::Standardizer::fit(airfoil.targets).transform(airfoil.targets);
  Track track{X[slice(0, 1500)], y[slice(0, 1500)], 0, airfoil.real, lesson.seed() + 1};
  const Tensor with_one = cat({track.X, ones({1500, 1})}, 1).to(f64);  // (1500,6)
  const Tensor best = linalg::lstsq(with_one, track.y.to(f64));        // (6,1)
  track.floor = (with_one.mm(best) - track.y).square().mean().item() / 2;
  return track;
}

/// The loss over all rows, on the way.
struct Run {
  std::vector<double> epochs, seconds, losses;
  double last() const { return losses.back(); }
};

using Params = std::vector<Tensor>;  // {w, b}: (5,1), (1)
using Step = std::function<void()>;  // changes the parameters by their gradients

/// What an optimizer remembers of each parameter, at first 0: (5,1), (1).
inline Params zeros_of(const Params& params) {
  Params list;
  for (const Tensor& p : params) list.push_back(zeros_like(p.detach()));
  return list;
}

/// Trains from small random weights. `make_step` is called once, with the parameters.
inline Run train(const Track& track, int64_t batch_size, int epochs,
                 const std::function<Step(const Params&)>& make_step) {
  manual_seed(track.seed);
  Tensor w = normal(0, 0.01, {5, 1}).requires_grad_();  // (5,1)
  Tensor b = zeros({1}).requires_grad_();               // (1)
  const Step step = make_step({w, b});
  const int64_t n = len(track.X);
  Run run;
  Timer timer;
  double seconds = 0;
  int64_t seen = 0, next_look = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const Tensor order = randperm(n);  // (1500)
    for (int64_t i = 0; i < n; i += batch_size) {
      if (seen >= next_look) {  // look every 200 rows; looking is not timed
        run.epochs.push_back(double(seen) / double(n));
        run.seconds.push_back(seconds);
        run.losses.push_back(track.loss(w, b));
        next_look = seen + 200;
      }
      timer.start();
      const Tensor rows = order[slice(i, std::min(i + batch_size, n))];  // (batch)
      ((track.X[rows].mm(w) + b - track.y[rows]).square().mean() / 2).backward();
      {
        no_grad guard;
        step();
      }
      w.zero_grad();
      b.zero_grad();
      seconds += timer.stop();
      seen += len(rows);
    }
  }
  run.epochs.push_back(epochs);
  run.seconds.push_back(seconds);
  run.losses.push_back(track.loss(w, b));
  return run;
}

/// The same with an optimizer of the library.
inline Run train(const Track& track, int64_t batch_size, int epochs,
                 const std::string& optimizer, const optim::Options& options) {
  return train(track, batch_size, epochs, [&](const Params& params) -> Step {
    auto made = std::make_shared<optim::Optimizer>(optim::make(optimizer, params, options));
    return [made] { made->step(); };
  });
}

/// Prints how a run ended and promises that it came near the floor.
inline void finish(Lesson& lesson, const Track& track, const std::string& name,
                   const Run& run) {
  std::printf("%-34s loss %.3f (floor %.3f), %.4f s an epoch\n", name.c_str(), run.last(),
              track.floor, run.seconds.back() / run.epochs.back());
  lesson.expect(name + ": loss above the floor", run.last() - track.floor, at_most(0.01));
}

// ---- a valley in two dimensions --------------------------------------------------------

/// Where a walk through f = 0.1 x1^2 + 2 x2^2 from (-5,-2) comes by in 20 steps.
struct Walk {
  std::vector<double> x1, x2;
};

/// step(x, g) returns the next x for the gradient g; both are (2), f64.
inline Walk walk(const std::function<Tensor(const Tensor&, const Tensor&)>& step) {
  Tensor x = tensor({-5.0, -2.0}, f64);           // (2)
  const Tensor slopes = tensor({0.2, 4.0}, f64);  // df/dx = slopes * x
  Walk w;
  for (int t = 0; t <= 20; ++t) {
    w.x1.push_back(x[0].item());
    w.x2.push_back(x[1].item());
    x = step(x, slopes * x);
  }
  return w;
}

/// Promises that the walk ends at (x1, x2), to six digits.
inline void expect_end(Lesson& lesson, const std::string& name, const Walk& w, double x1,
                       double x2) {
  lesson.expect(name + ", x1", w.x1.back(), near(x1, 1e-6));
  lesson.expect(name + ", x2", w.x2.back(), near(x2, 1e-6));
}

inline void draw(Lesson& lesson, const Walk& w, const std::string& name) {
  const Tensor a = arange(-5.5, 2.05, 0.1, f64);  // (76) across
  const Tensor b = arange(-3.0, 3.05, 0.1, f64);  // (61) up
  Figure map;
  map.axes().contour(a, b, 0.1 * a.square().unsqueeze(0) + 2 * b.square().unsqueeze(1));
  map.axes().line(w.x1, w.x2, "r-o").xlabel("x1").ylabel("x2").xlim({-5.5, 2.0});
  map.axes().ylim({-3.0, 3.0});
  lesson.show(map, name);
}

}  // namespace race
