#include "report.hpp"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tensor/error.hpp"

namespace hg::bench {
namespace {

using Json = nlohmann::ordered_json;

Json as_json(const Result& r) {
  Json j = {{"median", r.median},   {"best", r.best},       {"ms", r.ms},
            {"unit", r.unit},       {"threads", r.threads}, {"base_mb", r.base_mb},
            {"peak_mb", r.peak_mb}, {"allocated_after_warmup", r.allocated},
            {"page_faults_after_warmup", r.page_faults}};
  if (r.trains) {  // a loss that is no number becomes null
    j["loss_first"] = r.loss_first;
    j["loss_last"] = r.loss_last;
  }
  return j;
}

template <class... Ts>
std::string format(const char* how, Ts... values) {
  char text[256];
  std::snprintf(text, sizeof text, how, values...);
  return text;
}

// Four digits, with the prefix that makes them short: 129.4 k.
std::string rate_text(double rate) {
  if (rate >= 1e6) return format("%.4g M", rate * 1e-6);
  if (rate >= 1e4) return format("%.4g k", rate * 1e-3);
  return format("%.4g", rate);
}

std::string time_text(double ms) {
  if (ms < 1e-3) return format("%.1f ns", ms * 1e6);
  if (ms < 1) return format("%.2f us", ms * 1e3);
  return format("%.3f ms", ms);
}

double number(const Json& j, const char* key) {
  auto found = j.find(key);
  if (found == j.end()) return 0;
  return found->is_null() ? std::nan("") : found->get<double>();
}

}  // namespace

std::string to_json(const Result& r) { return as_json(r).dump(); }

Result result_from_json(const std::string& name, const std::string& text) {
  Json j = Json::parse(text);
  Result r;
  r.name = name;
  r.unit = j.at("unit").get<std::string>();
  r.threads = j.at("threads").get<int>();
  r.median = number(j, "median");
  r.best = number(j, "best");
  r.ms = number(j, "ms");
  r.trains = j.contains("loss_first");
  r.loss_first = number(j, "loss_first");
  r.loss_last = number(j, "loss_last");
  r.base_mb = number(j, "base_mb");
  r.peak_mb = number(j, "peak_mb");
  r.allocated = long(number(j, "allocated_after_warmup"));
  r.page_faults = long(number(j, "page_faults_after_warmup"));
  return r;
}

std::string line(const Result& r) {
  std::string text = format("%-36s T%d %10s  %9s %s/s (best %s)", r.name.c_str(), r.threads,
                            time_text(r.ms).c_str(), rate_text(r.median).c_str(),
                            r.unit.c_str(), rate_text(r.best).c_str());
  if (r.trains) text += format("  loss %.5f -> %.5f", r.loss_first, r.loss_last);
  text += format("  peak %.0f MB", r.peak_mb);
  if (r.allocated) text += format(", %ld allocations after warm-up", r.allocated);
  return text;
}

void write_json(const std::string& file, const std::vector<Result>& results) {
  Json all = Json::object();
  for (const Result& r : results) all[r.name] = as_json(r);
  std::ofstream out(file);
  out << all.dump(1) << "\n";
  if (!out.flush()) throw Error("bench", "cannot write " + file);
}

std::map<std::string, double> read_peer(const std::string& file, int threads) try {
  std::ifstream in(file);
  if (!in) throw Error("bench", "there is no file " + file);
  Json all = Json::parse(in);
  std::map<std::string, double> rates;
  if (!all.contains("results")) {
    for (auto& [name, r] : all.items()) {
      if (r.value("threads", threads) == threads) rates[name] = number(r, "median");
    }
    return rates;
  }
  for (const Json& row : all["results"]) {
    if (row.value("threads", threads) != threads) continue;
    std::string name = row.at("workload");
    const std::string layout = " channels_last";  // a variant of a micro case, by its name
    if (size_t at = name.find(layout); at != name.npos) name.erase(at, layout.size());
    double rate = row.contains("us") ? 1e6 / number(row, "us") : number(row, "rate");
    rates[name] = std::max(rates[name], rate);
  }
  return rates;
} catch (const Json::exception& e) {
  throw Error("bench", file + " is not what a bench writes: " + e.what());
}

std::string comparison(const std::vector<Result>& results,
                       const std::map<std::string, double>& peer) {
  std::string text =
      "| case | threads | handgrad | peer | unit | ratio |\n"
      "| --- | ---: | ---: | ---: | --- | ---: |\n";
  for (const Result& r : results) {
    auto found = peer.find(r.name);
    bool there = found != peer.end() && found->second > 0;
    text += "| " + r.name + " | " + std::to_string(r.threads) + " | " +
            rate_text(r.median) + " | " + (there ? rate_text(found->second) : "") + " | " +
            r.unit + "/s | " + (there ? format("%.2f", r.median / found->second) : "") +
            " |\n";
  }
  return text;
}

}  // namespace hg::bench
