#include "cli/check_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/text.hpp"

namespace hg::cli::check {
namespace {

using Json = nlohmann::json;

constexpr int most_of_a_kind = 3;

// What a finding usually means, by test.
const std::map<std::string, const char*> hints = {
    {"load", "what the loader says is listed in docs/plugin-guide.md"},
    {"samples",
     "a sample is what the operator promises to compute: mend the sample, or "
     "infer, or the kernel"},
    {"kernels", "without a kernel for the cpu nobody can call it"},
    {"masks",
     "backward gets only what keep_in and keep_out name; the rest is NULL. Add the "
     "tensor there, or compute without it"},
    {"determinism",
     "a static variable, the clock, an uninitialised local; if it cannot be "
     "helped, say HG_NONDETERMINISTIC"},
    {"unwritten",
     "forward must write all of out[] and saved[], backward all of every din[i] "
     "it is given: look at loop bounds, and at what is skipped"},
    {"garbage",
     "something is read before it is written: out[], din[] and scratch start as "
     "garbage; += needs a 0 first"},
    {"outside",
     "a loop goes past the end: look at bounds, strides and the size of the last "
     "block"},
    {"unchanged", "only inputs in `writes` may be written; work in scratch memory instead"},
    {"gradients",
     "derive backward again, index by index: a missing factor, a missing sum "
     "over a broadcast axis, the wrong element"},
    {"blind samples", "take samples at which the result depends on the inputs, smoothly"},
    {"repeated inputs",
     "each din[i] must be right on its own: do not skip one because two "
     "inputs are the same memory"},
    {"linearity",
     "a gradient is proportional to dout: no clipping, no constants, no dout "
     "squared"},
    {"requests",
     "a loop over all din[] that stops at the first NULL, or work shared by two "
     "gradients that is done for one only"},
    {"strides",
     "HG_STRIDED_OK promises to follow strides[]; without the flag the core makes "
     "row-major copies"},
    {"alias", "may_alias promises that each element is read before it is overwritten"},
    {"shapes",
     "check sizes in infer, and say which rule they break: a loop over nothing, "
     "x[0] of an empty tensor, a division by a size"},
    {"types", "compare code and bits in infer with what the kernel casts to"},
    {"attributes", "give the attribute bounds, or check its value in infer"},
    {"indices", "compare every index with the axis before using it"},
    {"extremes",
     "NaN compares false with everything: a loop that waits for a comparison, an "
     "index computed from a number"},
    {"threads",
     "parts of a parallel loop that write the same place, or sums whose order "
     "depends on the parts; if it cannot be helped, say HG_NONDETERMINISTIC"},
    {"concurrency",
     "static or global memory that calls share: use host->scratch, or say "
     "HG_SERIAL"},
    {"reference",
     "terms added up in a poor order, cancellation, or a function that is only "
     "nearly the same"},
    {"old host", "read host->size before anything beyond version 1.0, and do without it"},
    {"new host",
     "expect host->size and host->minor to be larger than those you were built "
     "with"},
    {"resume",
     "all state belongs into slots, which the core saves: no statics, and count "
     "steps by call->step"},
};

const char* hint_for(const std::string& test) {
  auto found = hints.find(test);
  return found == hints.end() ? "" : found->second;
}

std::string plural(size_t n, const char* word) {
  return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
}

// Prints a text of several lines, indented, broken between words where lines get long.
void print_wrapped(const std::string& text, size_t indent) {
  constexpr size_t right = 92;
  std::string line;
  auto flush = [&] {
    if (!line.empty()) std::cout << std::string(indent, ' ') << line << "\n";
    line.clear();
  };
  std::string word;
  for (char c : text + "\n") {
    if (c != ' ' && c != '\n') {
      word += c;
      continue;
    }
    if (indent + line.size() + 1 + word.size() > right) flush();
    line += (line.empty() ? "" : " ") + word;
    word.clear();
    if (c == '\n') flush();
  }
}

// Is `kernel` among the names in a list "f32, f64"?
bool names(const std::string& list, const std::string& kernel) {
  return (", " + list + ", ").find(", " + kernel + ", ") != std::string::npos;
}

Json to_json(const Part& part) {
  Json findings = Json::array();
  for (const Finding& f : part.findings) {
    findings.push_back({{"test", f.test},
                        {"kernel", f.kernel},
                        {"sample", f.sample},
                        {"problem", f.problem},
                        {"hint", hint_for(f.test)}});
  }
  return {{"name", part.name},
          {"kernels", part.kernels},
          {"checks", part.checks},
          {"findings", findings},
          {"notes", part.notes}};
}

}  // namespace

void Part::add(Finding finding) {
  for (Finding& f : findings) {
    if (f.test != finding.test || f.sample != finding.sample ||
        f.problem != finding.problem) {
      continue;
    }
    if (!names(f.kernel, finding.kernel)) f.kernel += ", " + finding.kernel;
    return;
  }
  findings.push_back(std::move(finding));
}

void Part::take(const Outcome& outcome, const std::string& kernel) {
  checks += outcome.checks;
  std::vector<Finding> fresh = outcome.findings;
  if (!outcome.finished) {
    std::string problem = outcome.death;
    if (!outcome.printed.empty()) problem += "\nit printed: " + printable(outcome.printed);
    fresh.push_back({outcome.test, "", outcome.sample, problem});
  }
  // What an earlier test has found, later ones need not repeat.
  std::erase_if(fresh, [&](const Finding& f) {
    return std::any_of(findings.begin(), findings.end(), [&](const Finding& known) {
      return known.test == f.test && names(known.kernel, kernel);
    });
  });
  std::map<std::string, int> count;
  for (Finding& f : fresh) {
    f.kernel = kernel;
    if (++count[f.test] <= most_of_a_kind) add(std::move(f));
  }
  for (const std::string& note : outcome.notes) {
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
  }
}

int64_t Report::checks() const {
  int64_t sum = 0;
  for (const Part& p : parts) sum += p.checks;
  return sum;
}

size_t Report::findings() const {
  size_t sum = 0;
  for (const Part& p : parts) sum += p.findings.size();
  return sum;
}

void print_part(const Part& part, size_t name_width, size_t kernels_width) {
  std::string result =
      part.findings.empty() ? "ok" : plural(part.findings.size(), "finding");
  std::cout << fmt::format("{:<{}}  {:<{}}  {}  {}\n", part.name, name_width, part.kernels,
                           kernels_width, result, plural(size_t(part.checks), "check"));
  for (const Finding& f : part.findings) {
    std::cout << "\n  " << f.test;
    if (!f.kernel.empty()) std::cout << ", " << f.kernel;
    if (!f.sample.empty()) std::cout << ", called with " << printable(f.sample);
    std::cout << "\n";
    print_wrapped(f.problem, 4);
    if (*hint_for(f.test)) print_wrapped(std::string("hint: ") + hint_for(f.test), 4);
  }
  for (const std::string& note : part.notes) print_wrapped("note: " + note, 2);
  if (!part.findings.empty()) std::cout << "\n";
  std::cout.flush();
}

void print_summary(const Report& report) {
  size_t n = report.findings();
  std::cout << fmt::format("{}{}{}: {}, {}\n", report.plugin,
                           report.version.empty() ? "" : " ", report.version,
                           plural(size_t(report.checks()), "check"),
                           n == 0 ? "no finding" : plural(n, "finding"));
}

void print_json(const Report& report) {
  Json parts = Json::array();
  for (const Part& p : report.parts) parts.push_back(to_json(p));
  Json all{{"plugin", report.plugin},   {"version", report.version},
           {"path", report.path},       {"parts", parts},
           {"checks", report.checks()}, {"findings", report.findings()}};
  std::cout << all.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace hg::cli::check
