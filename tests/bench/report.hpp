// Results: one line each on the screen, JSON in a file, ratios beside a peer's.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace hg::bench {

struct Result {
  std::string name, unit;
  int threads = 1;
  double median = 0, best = 0;  // items per second
  double ms = 0;                // milliseconds for a step, a call or an operator, median
  bool trains = false;          // the losses mean something
  double loss_first = 0, loss_last = 0;  // at step 0 and after 20 steps
  double base_mb = 0, peak_mb = 0;       // memory before the first step, and the most
  long allocated = 0;                    // after warm-up: requests to the system
  long page_faults = 0;                  // after warm-up: pages touched for the first time
};

std::string to_json(const Result& r);
Result result_from_json(const std::string& name, const std::string& text);

std::string line(const Result& r);
void write_json(const std::string& file, const std::vector<Result>& results);

/// The peer's rates, in items per second by case: from a file of ours, or from one with
/// {"results": [{"workload":, "variant":, "threads":, "rate": or "us":}]}, of which the
/// best variant counts. Of several thread counts those with `threads` are taken.
std::map<std::string, double> read_peer(const std::string& file, int threads);

/// A Markdown table of both sides' rates, and ours divided by the peer's.
std::string comparison(const std::vector<Result>& results,
                       const std::map<std::string, double>& peer);

}  // namespace hg::bench
