// Are the masks truthful?
//
// Only what keep_in and keep_out name is alive when backward runs; the rest comes as NULL.
// So backward must work without it, and give what it would give if everything were there.
// Conversely, memory that is kept and never read is held in vain. To find such, it is put
// under lock (no access at all) before backward runs: if backward survives, it did not
// read.
#include "cli/check_tests.hpp"

namespace hg::cli::check {
namespace {

// A tensor that backward may see: an input, an output, or something saved.
struct Slot {
  enum Kind { input, output, saved } kind;
  size_t index;

  std::string name(const Subject& s) const {
    const char* names[] = {"in", "out", "saved"};
    std::string text = names[kind] + ("[" + std::to_string(index) + "]");
    return kind == input ? s.in_name(index) : text;
  }
  std::deque<Block>& blocks(Trial& t) const {
    return kind == input ? t.in : kind == output ? t.out : t.saved;
  }
  bool exists(Trial& t) const {
    auto& list = blocks(t);
    return index < list.size() && list[index].memory && list[index].memory->bytes() > 0;
  }
  bool kept(Trial& t) const {
    if (!exists(t)) return false;
    return kind == saved || (kind == input ? t.keeps_in(index) : t.keeps_out(index));
  }
};

// How far a process got that runs backward on every sample.
Outcome probe(const Subject& s, const Setup& setup) {
  return run_apart(
      [&](Log& log) {
        for_each_sample(s, log, "masks", [&](const Arguments& a) {
          Trial::run(s, a, setup);
          log.checked();
        });
      },
      probe_seconds);
}

// Backward runs if it gets everything, and dies with what it has kept. What does it miss?
void name_what_it_reads(const Subject& s, const Arguments& a, const Outcome& died,
                        Log& log) {
  std::string missed;
  size_t slots = a.in.size() + s.def().n_out;
  for (size_t slot = 0; slot < slots; ++slot) {
    Outcome without = run_apart(
        [&](Log&) { Trial::run(s, a, {.give_all = true, .withhold = int64_t(slot)}); },
        probe_seconds);
    if (without.finished && without.findings.empty()) continue;
    Slot which{slot < a.in.size() ? Slot::input : Slot::output,
               slot < a.in.size() ? slot : slot - a.in.size()};
    missed += (missed.empty() ? "" : ", ") + which.name(s);
  }
  log.finding("masks", died.sample,
              missed.empty()
                  ? "backward dies: " + died.death
                  : "backward reads " + missed + ", which is not kept: " + died.death);
}

// True if backward gets through all samples with what it has kept.
bool survives_nulls(const Subject& s, Log& log) {
  log.checked();
  Outcome kept_only = probe(s, {});
  if (kept_only.finished) return true;
  Outcome all = probe(s, {.give_all = true});
  if (!all.finished) {
    log.finding("samples", all.sample, "forward or backward dies: " + all.death);
    return false;
  }
  for (const Sample& sample : s.samples) {
    std::optional<Arguments> a = s.draw(sample, s.seed);
    if (a && a->text == kept_only.sample) name_what_it_reads(s, *a, kept_only, log);
  }
  return false;
}

void compare_with_all(const Subject& s, Log& log) {
  for_each_sample(s, log, "masks", [&](const Arguments& a) {
    std::optional<Result> kept = Trial::run(s, a), again = Trial::run(s, a);
    std::optional<Result> all = Trial::run(s, a, {.give_all = true});
    if (!kept || !again || !all) return;
    log.checked();
    for (size_t i = 0; i < kept->din.size(); ++i) {
      if (first_difference(kept->din[i], again->din[i])) return;  // chance, not the masks
      auto k = worst_difference(kept->din[i], all->din[i], 0);
      if (!k) continue;
      log.finding("din[" + std::to_string(i) + "]" + kept->din[i].index_text(*k) + " is " +
                  number_text(kept->din[i][*k]) + " with what is kept, and " +
                  number_text(all->din[i][*k]) + " if everything is there");
      return;
    }
  });
}

// Refusing because of a NULL is no way out either.
bool refuses_nulls(const Subject& s, Log& log) {
  bool refused = false;
  for_each_sample(s, log, "masks", [&](const Arguments& a) {
    Trial trial(s, a);
    if (refused || !trial.prepare()) return;
    trial.forward();
    try {
      if (trial.wants_backward()) trial.backward();
    } catch (const Refused& e) {
      refused = true;
      log.finding(std::string("backward refuses what it has kept: ") + e.what());
    }
  });
  return refused;
}

// Is the tensor kept for some sample, and never read for any?
bool kept_in_vain(const Subject& s, const Slot& slot) {
  bool relevant = false;
  for (const Sample& sample : s.samples) {
    std::optional<Arguments> a = s.draw(sample, s.seed);
    if (!a) continue;
    try {
      Trial trial(s, *a);
      if (!trial.prepare() || !trial.wants_backward()) continue;
      relevant |= slot.kept(trial);
    } catch (const Refused&) {
    }
  }
  if (!relevant) return false;
  auto lock = [&](Trial& t, hg_phase phase) {
    if (phase == HG_BACKWARD && slot.exists(t)) slot.blocks(t)[slot.index].memory->forbid();
  };
  Outcome locked = run_apart(
      [&](Log& log) {
        for_each_sample(s, log, "masks", [&](const Arguments& a) {
          Trial trial(s, a, {.before = lock});
          if (!trial.prepare() || !trial.wants_backward()) return;
          trial.forward();
          trial.backward();
        });
      },
      probe_seconds);
  return locked.finished;
}

}  // namespace

void test_masks(const Subject& s, Log& log) {
  log.at("masks", "");
  if (!survives_nulls(s, log) || refuses_nulls(s, log)) return;
  compare_with_all(s, log);
  if (!log.clean()) return;

  std::vector<Slot> slots;
  for (size_t i = 0; i < s.def().n_in; ++i) slots.push_back({Slot::input, i});
  for (size_t i = 0; i < s.def().n_out; ++i) slots.push_back({Slot::output, i});
  for (size_t i = 0; i < 8; ++i) slots.push_back({Slot::saved, i});
  for (const Slot& slot : slots) {
    if (kept_in_vain(s, slot)) {
      log.note("backward never reads " + slot.name(s) + ", which is kept for it");
    }
  }
}

}  // namespace hg::cli::check
