#include "learn/profile.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>

#include "autograd/observe.hpp"
#include "host/registry.hpp"
#include "learn/output.hpp"
#include "learn/progress.hpp"
#include "tensor/error.hpp"
#include "tensor/impl.hpp"

namespace hg {
namespace {

double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

// The memory that a tensor's elements take; a stretched axis repeats the same ones.
double bytes_of(const hg_tensor& t) {
  if (!is_given(t) || !t.data) return 0;
  double bytes = t.bits / 8.0;
  for (int d = 0; d < t.ndim; ++d) {
    if (t.strides[d] != 0 || t.shape[d] == 0) bytes *= double(t.shape[d]);
  }
  return bytes;
}

double bytes_of(const Event& event) {
  // Views move nothing, and what a composed operator moves is counted inside it.
  if (event.op && (event.op->def->flags & HG_VIEW)) return 0;
  if (event.op && (event.op->def->flags & HG_COMPOSED) && event.inner_seconds > 0) return 0;
  double bytes = 0;
  for (auto list : {event.in, event.out, event.saved, event.dout, event.din}) {
    for (const hg_tensor& t : list) bytes += bytes_of(t);
  }
  return bytes;
}

std::string row_name(const Event& event) {
  if (event.is_pass) return "(backward pass)";
  return event.op ? event.op->short_name() : std::string(event.name);
}

// What runs inside a backward pass or an optimizer's step belongs to that.
hg_phase phase_of(const Event& event) {
  for (const Event* e = &event; e; e = e->outer) {
    if (e->phase != HG_FORWARD) return e->phase;
  }
  return HG_FORWARD;
}

std::string time_text(double seconds) {
  char text[32];
  if (seconds == 0) return "";
  if (seconds < 1e-3) {
    std::snprintf(text, sizeof text, "%.1f us", seconds * 1e6);
  } else if (seconds < 1) {
    std::snprintf(text, sizeof text, "%.1f ms", seconds * 1e3);
  } else {
    std::snprintf(text, sizeof text, "%.2f s", seconds);
  }
  return text;
}

}  // namespace

struct Profile::Counts : Observer {
  void after(const Event& event) override {
    const hg_phase phase = phase_of(event);
    const std::string name = row_name(event);
    const double bytes = bytes_of(event);
    std::lock_guard lock(mutex);
    Row& row = rows[name];
    row.name = name;
    Part& part = phase == HG_BACKWARD ? row.backward
                 : phase == HG_STEP   ? row.step
                                      : row.forward;
    ++part.calls;
    part.seconds += std::max(0.0, event.seconds - event.inner_seconds);
    part.bytes += bytes;
  }

  mutable std::mutex mutex;
  std::map<std::string, Row> rows;
  double start = now(), end = 0;  // 0: still counting
};

Profile::Profile() : counts_(std::make_shared<Counts>()) { add_observer(counts_); }
Profile::~Profile() { stop(); }

void Profile::stop() {
  remove_observer(counts_.get());
  std::lock_guard lock(counts_->mutex);
  if (counts_->end == 0) counts_->end = now();
}

Profile::Part Profile::Row::total() const {
  return {forward.calls + backward.calls + step.calls,
          forward.seconds + backward.seconds + step.seconds,
          forward.bytes + backward.bytes + step.bytes};
}

std::vector<Profile::Row> Profile::rows() const {
  std::vector<Row> list;
  {
    std::lock_guard lock(counts_->mutex);
    for (const auto& [name, row] : counts_->rows) list.push_back(row);
  }
  std::stable_sort(list.begin(), list.end(), [](const Row& a, const Row& b) {
    return a.total().seconds > b.total().seconds;
  });
  return list;
}

double Profile::seconds() const {
  std::lock_guard lock(counts_->mutex);
  return (counts_->end == 0 ? now() : counts_->end) - counts_->start;
}

std::string Profile::table() const {
  const std::vector<Row> list = rows();
  double sum = 0;
  size_t width = 8;
  for (const Row& row : list) {
    sum += row.total().seconds;
    width = std::max(width, row.name.size());
  }
  auto line = [&](const std::string& name, const char* calls, const std::string& forward,
                  const std::string& backward, const std::string& step,
                  const std::string& total, const char* share, const std::string& bytes,
                  const char* rate) {
    char text[512];
    std::snprintf(text, sizeof text, "%-*s %9s %9s %9s %9s %9s %7s %8s %7s\n",
                  int(std::min<size_t>(width, 200)), name.c_str(), calls, forward.c_str(),
                  backward.c_str(), step.c_str(), total.c_str(), share, bytes.c_str(),
                  rate);
    return std::string(text);
  };
  std::string text = line("operator", "calls", "forward", "backward", "step", "total",
                          "share", "bytes", "GB/s");
  for (const Row& row : list) {
    const Part all = row.total();
    char calls[32], share[32], rate[32] = "";
    std::snprintf(calls, sizeof calls, "%lld", static_cast<long long>(all.calls));
    std::snprintf(share, sizeof share, "%.1f %%", sum > 0 ? 100 * all.seconds / sum : 0);
    if (all.bytes > 0 && all.seconds > 0) {
      std::snprintf(rate, sizeof rate, "%.2f", all.bytes / all.seconds * 1e-9);
    }
    text += line(row.name, calls, time_text(row.forward.seconds),
                 time_text(row.backward.seconds), time_text(row.step.seconds),
                 time_text(all.seconds), share,
                 all.bytes > 0 ? learn::count_text(all.bytes) : "", rate);
  }
  return text + "operators: " + (sum > 0 ? time_text(sum) : "0 s") + " of " +
         time_text(seconds()) + " on the clock\n";
}

namespace {

// HANDGRAD_PROFILE: a profile from the program's first operator to its end.
class WholeProgram {
 public:
  WholeProgram() {
    const char* wish = std::getenv("HANDGRAD_PROFILE");
    if (!wish || !*wish || std::string(wish) == "0") return;
    if (std::string(wish) != "1") file_ = wish;
    profile_ = std::make_unique<Profile>();
  }
  ~WholeProgram() {
    if (!profile_) return;
    profile_->stop();
    const std::string table = profile_->table();
    std::fflush(stdout);
    try {
      if (!file_.empty()) learn::write_file(file_, table, "HANDGRAD_PROFILE");
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      file_.clear();
    }
    if (file_.empty()) std::fputs(table.c_str(), stderr);
  }

 private:
  std::unique_ptr<Profile> profile_;
  std::string file_;
};
const WholeProgram whole_program;

}  // namespace
}  // namespace hg
