// What one call may read and write.
//
// The same call runs several times. Its outputs, gradients, saved tensors and scratch hold
// garbage before, of one kind (all bits set, NaN) or another (0x3f3f..., 0.747):
//
//     an element that is the garbage itself, both times   was never written
//     results that depend on the kind of garbage          were computed from it
//     results that differ with the same garbage           are not determined by the inputs
//     a red zone that changed                             somebody wrote outside
//
// and the inputs must be afterwards what they were before.
#include "cli/check_tests.hpp"

namespace hg::cli::check {
namespace {

constexpr uint8_t first_poison = 0xff, second_poison = 0x3f;

bool holds(const Array& a, int64_t i, uint8_t poison) {
  size_t width = size_of(a.dtype);
  for (size_t k = 0; k < width; ++k) {
    if (a.bytes[size_t(i) * width + k] != std::byte(poison)) return false;
  }
  return true;
}

using Arrays = std::vector<Array>;

// Calls f(name, array of a, array of b) for all that a call yields.
template <class F>
void for_each_pair(const Result& a, const Result& b, const F& f) {
  auto each = [&](const char* name, const Arrays& left, const Arrays& right) {
    for (size_t i = 0; i < left.size() && i < right.size(); ++i) {
      if (left[i].given) f(name + ("[" + std::to_string(i) + "]"), left[i], right[i]);
    }
  };
  each("out", a.out, b.out);
  each("saved", a.saved, b.saved);
  each("din", a.din, b.din);
  each("in", a.in, b.in);
}

void report_unwritten(const Result& a, const Result& b, const std::string& sample,
                      Log& log) {
  for_each_pair(a, b, [&](const std::string& name, const Array& x, const Array& y) {
    int64_t count = 0, first = -1;
    for (int64_t i = 0; i < x.size() && name[0] != 'i'; ++i) {
      if (!holds(x, i, first_poison) || !holds(y, i, second_poison)) continue;
      if (count++ == 0) first = i;
    }
    if (count == 0) return;
    log.finding("unwritten", sample,
                std::to_string(count) + " of the " + std::to_string(x.size()) +
                    " elements of " + name + " were never written, the first is " +
                    x.index_text(first));
  });
}

// The first element at which two runs differ, as a sentence.
std::string difference(const Result& a, const Result& b, bool unwritten_too) {
  std::string text;
  for_each_pair(a, b, [&](const std::string& name, const Array& x, const Array& y) {
    for (int64_t i = 0; i < x.size() && text.empty(); ++i) {
      bool unwritten = holds(x, i, first_poison) && holds(y, i, second_poison);
      if (same_bits(x, y, i) || (unwritten && !unwritten_too)) continue;
      text = name + x.index_text(i) + " was " + number_text(x[i]) + " one time, " +
             number_text(y[i]) + " another";
    }
  });
  return text;
}

// A call that is looked at from outside, too. Nothing if it has no result, or did damage.
std::optional<Result> watched(const Subject& s, const Arguments& arguments, Setup setup,
                              bool may_refuse, Log& log) {
  std::string damage, changed;
  Trial trial(s, arguments, std::move(setup));
  auto look = [&] {
    if (damage.empty()) damage = trial.damage();
    if (changed.empty()) changed = trial.changed();
  };
  try {
    if (!trial.prepare()) return {};
    trial.forward();
    look();
    if (trial.wants_backward()) {
      trial.backward();
      look();
    }
  } catch (const Refused& e) {
    if (e.silent || !may_refuse) log.finding(std::string("it refuses: ") + e.what());
    return {};
  } catch (const Broken& e) {
    log.finding(e.what());
    return {};
  }
  if (!damage.empty()) log.finding("outside", arguments.text, damage);
  if (!changed.empty()) log.finding("unchanged", arguments.text, changed);
  if (!damage.empty()) return {};
  return trial.result();
}

}  // namespace

void inspect_call(const Subject& s, const Arguments& a, bool may_refuse, Log& log) {
  auto first = watched(s, a, {.poison = first_poison}, may_refuse, log);
  if (!first) return;
  // What has worked once must work again, elsewhere.
  Setup elsewhere{.place = Place::against_end, .poison = second_poison};
  auto second = watched(s, a, elsewhere, false, log);
  if (!second) return;
  report_unwritten(*first, *second, a.text, log);
  std::string text = difference(*first, *second, false);
  if (!text.empty() && !s.has(HG_NONDETERMINISTIC)) log.finding("garbage", a.text, text);
}

void test_contract(const Subject& s, Log& log) {
  bool ran = false;
  for (const Sample& sample : s.samples) {
    std::optional<Arguments> arguments = s.draw(sample, s.seed);
    if (!arguments) continue;
    const Arguments& a = *arguments;
    bool made_for_it = s.kernel->origin == s.op.origin && is_floating(s.dtype);
    log.at("samples", a.text);
    std::optional<Result> once, again;
    try {
      once = Trial::run(s, a);
      log.at("determinism", a.text);
      again = Trial::run(s, a);
    } catch (const Refused& e) {
      // Its definition promises that floating numbers work; of others it may choose.
      if (e.silent || made_for_it) log.finding(std::string("it refuses: ") + e.what());
      continue;
    } catch (const Broken& e) {
      log.finding(e.what());
      continue;
    }
    if (!once || !again) continue;
    ran = true;
    std::string text = difference(*once, *again, true);
    log.checked(5);
    if (!text.empty() && !s.has(HG_NONDETERMINISTIC)) {
      log.finding(text);
      continue;  // two kinds of garbage could tell nothing
    }
    log.at("outside", a.text);
    inspect_call(s, a, false, log);
    if (log.clean()) Trial::run(s, a, {.place = Place::against_start});
  }
  if (!ran) log.note("no sample reaches the kernel for " + std::string(name(s.dtype)));
}

}  // namespace hg::cli::check
