// bench: how fast handgrad trains, and what a single operator costs.
//
//     bench --workload lenet_relu,mlp --threads 2 --json ours.json --compare theirs.json
//
// Every case runs in a process of its own. It starts from the numbers that numbers.hpp
// draws, notes its loss at once and after 20 steps, warms up, and then is timed.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <sstream>

#include "case.hpp"
#include "host/loader.hpp"
#include "host/registry.hpp"
#include "host/threads.hpp"
#include "isolate.hpp"
#include "learn/profile.hpp"
#include "report.hpp"
#include "tensor/error.hpp"
#include "tensor/pool.hpp"
#include "timing.hpp"

namespace {

using namespace hg;
using namespace hg::bench;

struct Options {
  std::string wanted = "all", json, compare;
  int threads = num_threads(), loss_steps = 20;
  double seconds = 2;
  bool list = false, reference = false, profile = false;
  std::vector<std::string> plugins;
};

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (auto group :
       {training_cases, convolution_cases, elementwise_cases, overhead_cases}) {
    for (Case& c : group()) all.push_back(std::move(c));
  }
  return all;
}

// A word is a case's name, its group's, or "micro": every group but the training.
std::vector<Case> chosen(const std::vector<Case>& all, const std::string& words) {
  std::vector<Case> list;
  std::istringstream in(words);
  for (std::string word; std::getline(in, word, ',');) {
    size_t before = list.size();
    for (const Case& c : all) {
      bool micro = word == "micro" && c.group != "all";
      if (c.name == word || c.group == word || micro) list.push_back(c);
    }
    if (list.size() == before) {
      throw Error("bench", "there is no workload '" + word + "'", "--list shows them all");
    }
  }
  return list;
}

void prepare(const Options& o) {
  set_num_threads(o.threads);
  set_flush_denormals(true);
  Registry::get().set_reference_only(o.reference);
  for (const std::string& p : o.plugins) load_plugin(p);
}

Result timed(const Case& c, const Options& o) {
  constexpr double mega = 1e-6;
  prepare(o);
  Work work = c.make();
  Result r{.name = c.name, .unit = c.unit, .threads = o.threads};
  r.base_mb = resident_bytes() * mega;
  r.trains = bool(work.loss);
  for (int i = 0; r.trains && i <= o.loss_steps; ++i) {
    r.loss_last = work.loss();
    if (i == 0) r.loss_first = r.loss_last;
  }
  size_t asked = 0;
  long faults = 0;
  Times t = measure(work.run, o.seconds, [&] {
    asked = pool::stats().system_calls;
    faults = page_faults();
  });
  r.page_faults = page_faults() - faults;
  r.allocated = long(pool::stats().system_calls - asked);
  r.median = work.items / t.median;
  r.best = work.items / t.best;
  r.ms = t.median * 1e3 / (r.trains ? 1 : work.items);
  r.peak_mb = peak_bytes() * mega;
  return r;
}

// Where the time of a step goes.
std::string profiled(const Case& c, const Options& o) {
  prepare(o);
  Work work = c.make();
  double begin = now();
  int calls = 0;
  for (; calls < 2 || now() - begin < o.seconds / 4; ++calls) work.run();
  Profile profile;
  for (int i = 0; i < calls; ++i) work.run();
  profile.stop();
  return c.name + ", " + std::to_string(calls) + " steps\n" + profile.table() + "\n";
}

void parse(int argc, char** argv, Options& o) {
  CLI::App app("bench: the time of training steps and of single operators", "bench");
  app.add_option("--workload", o.wanted,
                 "names, or all (the training workloads), micro, conv, elementwise, "
                 "overhead; commas between them")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--threads", o.threads, "how many threads compute (all cores)")
      ->type_name("N")
      ->check(CLI::Range(1, max_threads).description(""));
  app.add_option("--seconds", o.seconds, "how long each case is timed")
      ->type_name("S")
      ->check(CLI::PositiveNumber.description(""))
      ->capture_default_str();
  app.add_option("--loss-steps", o.loss_steps, "training steps before the second loss")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber.description(""))
      ->capture_default_str();
  app.add_option("--json", o.json, "write the results there")->type_name("FILE");
  app.add_option("--compare", o.compare, "print ratios to the results in there")
      ->type_name("FILE");
  app.add_option("--plugin", o.plugins, "a plugin to load; may be given several times")
      ->allow_extra_args(false)
      ->type_name("PATH");
  app.add_flag("--reference", o.reference, "no kernels but each operator's own");
  app.add_flag("--profile", o.profile, "print where the time goes instead");
  app.add_flag("--list", o.list, "print the names and end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e));
  }
}

int run(const Options& o) {
  std::vector<Case> all = all_cases();
  if (o.list) {
    for (const Case& c : all) std::printf("%-36s %s\n", c.name.c_str(), c.group.c_str());
    return 0;
  }
  std::vector<Result> results;
  for (const Case& c : chosen(all, o.wanted)) {
    if (o.profile) {
      std::cout << isolated([&] { return profiled(c, o); }) << std::flush;
      continue;
    }
    std::string text = isolated([&] { return to_json(timed(c, o)); });
    results.push_back(result_from_json(c.name, text));
    std::cout << line(results.back()) << std::endl;
  }
  if (!o.json.empty()) write_json(o.json, results);
  if (!o.compare.empty()) {
    std::cout << "\n" << comparison(results, read_peer(o.compare, o.threads));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Options options;
    parse(argc, argv, options);
    return run(options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
