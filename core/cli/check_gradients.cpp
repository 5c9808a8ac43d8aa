// Backward against slopes measured on forward.
//
// Let L = sum over all outputs of c*y, with random weights c. Moving an element of an input
// a little up and down measures
//
//     slope = (L(x + h) - L(x - h)) / 2h
//
// which backward, given c as dout, must reproduce. The error of the slope has two parts,
// h^2 from the curve's shape and u/h from rounding, u being the unit of the numbers (2^-52
// in f64). Their sum is least near h = u^(1/3), and then about u^(2/3): 4e-11 in f64, 2e-5
// in f32. So forward is measured in f64 wherever there is a kernel for it, whatever
// backward computes in.
//
// The weights are random because a plain sum is blind: that of a softmax is always 1.
#include <cmath>

#include "cli/check_tests.hpp"

namespace hg::cli::check {
namespace {

// The kernel that forward is measured with: this one if it computes in f64, else its sister
// in f64, else the definition's, else this one.
Subject measuring_subject(const Subject& s) {
  Subject m = s;
  if (s.dtype == f64) return m;
  const Kernel* best = nullptr;
  for (const Kernel* k : Registry::get().kernels_of(s.op)) {
    bool in_f64 = std::string_view(k->desc->device) == "cpu" &&
                  std::find(k->dtypes.begin(), k->dtypes.end(), f64) != k->dtypes.end();
    bool sister = k->origin == s.kernel->origin, own = k->origin == s.op.origin;
    if (in_f64 && (sister || (own && !best))) best = k;
  }
  if (best) {
    m.kernel = best;
    m.dtype = f64;
  }
  return m;
}

using Pairs = std::vector<std::pair<size_t, size_t>>;

// All differentiable outputs, one after the other, for arguments that change.
class Probe {
 public:
  Probe(const Subject& s, const Arguments& like, const Pairs& same)
      : subject_(measuring_subject(s)), arguments_(like) {
    for (Array& a : arguments_.in) {
      if (a.floating() && a.dtype == s.dtype) a = a.as(subject_.dtype);
    }
    trial_.emplace(subject_, arguments_, Setup{.same = same});
    ready_ = trial_->prepare();
    unit_ = unit_of(subject_.dtype);
  }
  bool ready() const { return ready_; }

  std::vector<double> outputs() {
    trial_->forward();
    std::vector<double> all;
    for (size_t i = 0; i < trial_->out.size(); ++i) {
      Array y = trial_->out[i].read();
      if (!y.floating() || subject_.out_mask(subject_.def().nondiff_out, i)) continue;
      unit_ = std::max(unit_, unit_of(y.dtype));
      for (int64_t k = 0; k < y.size(); ++k) all.push_back(y[k]);
    }
    return all;
  }
  Array& in(size_t i) { return arguments_.in[i]; }
  double unit() const { return unit_; }  // of the roughest numbers in sight

 private:
  Subject subject_;
  Arguments arguments_;
  std::optional<Trial> trial_;
  bool ready_ = false;
  double unit_ = 0;
};

struct Slope {
  double value = 0;
  bool kink = false;
  bool moved = false;  // some output changed at all
};

class Slopes {
 public:
  Slopes(Probe& probe, std::vector<double> c) : probe_(probe), c_(std::move(c)) {
    here_ = probe_.outputs();
    step_ = std::exp2(std::round(std::log2(std::cbrt(probe_.unit()))));
  }

  // Of L, as element k of all the inputs in `leaf` moves.
  Slope at(const std::vector<size_t>& leaf, int64_t k) {
    double x = probe_.in(leaf[0])[k], h = step_ * std::max(1.0, std::abs(x));
    Slope s;
    // Curvature makes the slopes to the left and to the right differ by an amount that
    // shrinks with h. At a kink, such as relu's at 0, they differ however small h is.
    for (int halvings = 0;; ++halvings, h /= 2) {
      auto [right, width_right] = side(leaf, k, x, h, s.moved);
      auto [left, width_left] = side(leaf, k, x, -h, s.moved);
      s.value = (right * width_right - left * width_left) / (width_right - width_left);
      bool differ = std::abs(right - left) > 1e-2 * (1 + std::abs(s.value));
      if (!differ) return s;
      s.kink = halvings == 6;
      if (s.kink) return s;
    }
  }

 private:
  // The slope from here to x + h; and h as it is after rounding.
  std::pair<double, double> side(const std::vector<size_t>& leaf, int64_t k, double x,
                                 double h, bool& moved) {
    for (size_t i : leaf) probe_.in(i).set(k, x + h);
    double width = probe_.in(leaf[0])[k] - x, sum = 0;
    std::vector<double> there = probe_.outputs();
    for (size_t i : leaf) probe_.in(i).set(k, x);
    for (size_t j = 0; j < c_.size(); ++j) {
      if (there[j] == here_[j]) continue;
      moved = true;
      sum += c_[j] * (there[j] - here_[j]);
    }
    return {sum / width, width};
  }

  Probe& probe_;
  std::vector<double> c_, here_;
  double step_ = 0;
};

// What has been seen over all samples.
struct Tally {
  int64_t compared = 0, skipped = 0, reported = 0;
  double largest_slope = 0;
  bool moved = false;
  bool keeps_nothing = true;
};

void compare(const Subject& s, const Arguments& a, const Pairs& same, Tally& tally,
             Log& log) {
  Trial trial(s, a, {.same = same});
  if (!trial.prepare() || !trial.wants_backward()) return;
  trial.forward();
  trial.backward();
  tally.keeps_nothing &= trial.saved.empty();
  std::vector<double> c;
  for (size_t i = 0; i < trial.out.size(); ++i) {
    Array w = trial.dout[i].read();
    if (!w.floating() || s.out_mask(s.def().nondiff_out, i)) continue;
    for (int64_t k = 0; k < w.size(); ++k) c.push_back(w[k]);
  }
  Probe probe(s, a, same);
  if (!probe.ready()) return;
  Slopes slopes(probe, std::move(c));
  double rounding = std::max(200 * std::pow(probe.unit(), 2.0 / 3), 100 * unit_of(s.dtype));
  double tolerance = std::max(1e-6, rounding);

  for (size_t i = 0; i < a.in.size(); ++i) {
    std::vector<size_t> leaf{i};
    bool follower = false;
    for (auto [first, second] : same) {
      if (first == i) leaf.push_back(second);
      follower |= second == i;
    }
    if (!trial.wants(i) || follower || (!same.empty() && leaf.size() == 1)) continue;
    std::vector<Array> gradients;
    for (size_t j : leaf) gradients.push_back(trial.din[j].read());
    for (int64_t k = 0; k < a.in[i].size(); ++k) {
      Slope slope = slopes.at(leaf, k);
      tally.moved |= slope.moved;
      if (slope.kink) {
        ++tally.skipped;
        continue;
      }
      ++tally.compared;
      double gradient = 0;
      for (const Array& g : gradients) gradient += g[k];
      tally.largest_slope = std::max(tally.largest_slope, std::abs(slope.value));
      double error = std::abs(slope.value - gradient) / (1 + std::abs(gradient));
      if (error <= tolerance || tally.reported >= 3) continue;  // false for NaN
      ++tally.reported;
      std::string what = leaf.size() > 1 ? s.in_name(i) + ", given " +
                                               std::to_string(leaf.size()) + " times,"
                                         : s.in_name(i);
      log.finding(what + " at " + a.in[i].index_text(k) + ": measured slope " +
                  number_text(slope.value) + ", gradient " + number_text(gradient) +
                  "; allowed is " + number_text(tolerance));
      break;  // one for each input will do
    }
  }
}

// If nothing moves, comparing zeros with zeros has shown nothing, with two exceptions. A
// step function, such as sign, is flat wherever one looks and yet not the same everywhere.
// And a result that depends on no number, such as fill's, has a backward that keeps
// nothing.
void judge_flatness(const Subject& s, const Tally& tally, Log& log) {
  if (tally.compared == 0 || tally.largest_slope > 1e-9) return;
  if (tally.moved) {
    log.finding("all slopes are about 0, the largest " + number_text(tally.largest_slope) +
                ": the samples test nothing");
    return;
  }
  bool varies = false;
  for_each_sample(s, log, "blind samples", [&](const Arguments& a) {
    std::optional<Arguments> other;
    for (const Sample& sample : s.samples) {
      if (sample.to_string() == a.text) other = s.draw(sample, s.seed + 1);
    }
    auto one = Trial::run(s, a), two = other ? Trial::run(s, *other) : std::nullopt;
    for (size_t i = 0; one && two && i < one->out.size(); ++i) {
      varies |= first_difference(one->out[i], two->out[i]).has_value();
    }
  });
  const hg_kernel& k = *s.kernel->desc;
  bool keeps_nothing = tally.keeps_nothing && k.keep_in == 0 && k.keep_out == 0;
  if (varies || keeps_nothing) return;
  log.finding("no output depends on any input, in any of the samples: they test nothing");
}

void judge_kinks(const Tally& tally, Log& log) {
  int64_t all = tally.compared + tally.skipped;
  if (tally.skipped * 10 <= all) return;
  log.finding(std::to_string(tally.skipped) + " of " + std::to_string(all) +
              " elements sit at kinks, where no slope can be measured; more than a tenth");
}

// One set of numbers that both generators could have drawn; nothing if there may be none.
std::optional<Array> shared_numbers(const Arguments& a, const Sample& sample, size_t i,
                                    size_t j) {
  const Array &x = a.in[i], &y = a.in[j];
  if (!x.floating() || x.dtype != y.dtype || !(x.shape == y.shape)) return {};
  auto p = sample.inputs[i].kind, q = sample.inputs[j].kind;
  if (p == q || p == SampleInput::normal) return y;
  if (q == SampleInput::normal) return x;
  return {};
}

}  // namespace

void test_gradients(const Subject& s, Log& log) {
  Tally tally, repeated;
  for_each_sample(s, log, "gradients", [&](const Arguments& a) {
    int64_t before = tally.compared;
    compare(s, a, {}, tally, log);
    log.checked(tally.compared > before);
  });
  log.at("blind samples", "");
  judge_kinks(tally, log);
  judge_flatness(s, tally, log);

  for (const Sample& sample : s.samples) {
    std::optional<Arguments> a = s.draw(sample, s.seed);
    for (size_t i = 0; a && i < a->in.size(); ++i) {
      for (size_t j = i + 1; j < a->in.size(); ++j) {
        std::optional<Array> shared = shared_numbers(*a, sample, i, j);
        bool differentiable = !s.in_mask(s.def().nondiff_in | s.def().writes, i) &&
                              !s.in_mask(s.def().nondiff_in | s.def().writes, j);
        if (!shared || !differentiable) continue;
        Arguments twice = *a;
        twice.in[i] = twice.in[j] = *shared;
        log.at("repeated inputs", a->text);
        try {
          compare(s, twice, {{i, j}}, repeated, log);
          log.checked();
        } catch (const Refused&) {
        }
      }
    }
  }
}

}  // namespace hg::cli::check
