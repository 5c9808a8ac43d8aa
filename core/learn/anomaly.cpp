#include "learn/anomaly.hpp"

#include <cmath>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "autograd/observe.hpp"
#include "host/registry.hpp"
#include "tensor/error.hpp"
#include "tensor/impl.hpp"

namespace hg {
namespace {

// What is not finite in a tensor.
struct Census {
  int64_t nans = 0, infinities = 0;
  int64_t first = -1;  // in row-major order
  double value = 0;    // of that one

  void count(double x, int64_t at) {
    if (std::isfinite(x)) return;
    ++(std::isnan(x) ? nans : infinities);
    if (first < 0) {
      first = at;
      value = x;
    }
  }
  bool finite() const { return first < 0; }
};

Census look_at(const hg_tensor& t) {
  Census census;
  if (!is_given(t) || !t.data || !is_floating(t) || t.dev_type != HG_CPU) return census;
  const int64_t n = hg_numel(&t);
  if (is_contiguous(t) && dtype_of(t) == f32) {
    const float* x = static_cast<const float*>(t.data);
    for (int64_t i = 0; i < n; ++i) census.count(x[i], i);
  } else {  // brought into rows of f64 first
    Ref<TensorImpl> copy = new_tensor(shape_of(t), f64);
    copy_elements(copy->desc, t);
    const double* x = static_cast<const double*>(copy->desc.data);
    for (int64_t i = 0; i < n; ++i) census.count(x[i], i);
  }
  return census;
}

std::string counts(const Census& c) {
  std::string text = c.nans ? std::to_string(c.nans) + " nan" : "";
  if (!c.infinities) return text;
  return text + (c.nans ? " and " : "") + std::to_string(c.infinities) + " inf";
}

std::string place(const hg_tensor& t, int64_t flat) {
  Shape index = shape_of(t);
  for (int d = t.ndim - 1; d >= 0; --d) {
    index[d] = flat % t.shape[d];
    flat /= t.shape[d];
  }
  return index.to_string();
}

std::string describe(const hg_tensor& t) {
  return shape_of(t).to_string() + " " + name(dtype_of(t));
}

// A tensor of an event, by the name that its operator gives it.
struct Seen {
  std::string role;
  hg_tensor t;
  Census census;
};

std::string input_role(const Event& e, size_t i) {
  std::string role = "input " + std::to_string(i);
  if (!e.op || e.op->def->n_in == 0) return role;
  const hg_op& def = *e.op->def;
  return role + " '" + def.in[std::min<size_t>(i, def.n_in - 1)]->name + "'";
}

void add(std::vector<Seen>& list, std::string role, const hg_tensor& t) {
  if (!is_given(t) || !t.data || !is_floating(t)) return;
  list.push_back({std::move(role), t, look_at(t)});
}

std::vector<Seen> given_to(const Event& e) {
  std::vector<Seen> list;
  for (size_t i = 0; i < e.dout.size(); ++i) {
    add(list, "the gradient of output " + std::to_string(i), e.dout[i]);
  }
  for (size_t i = 0; i < e.in.size(); ++i) add(list, input_role(e, i), e.in[i]);
  for (size_t i = 0; i < e.out.size(); ++i) {
    add(list, "output " + std::to_string(i), e.out[i]);
  }
  for (size_t i = 0; i < e.saved.size(); ++i) {
    add(list, "saved " + std::to_string(i), e.saved[i]);
  }
  return list;
}

bool has_infinite_attribute(const Event& e) {
  for (const hg_value& v : e.attributes) {
    if (v.kind == HG_FLOAT && std::isinf(v.u.f)) return true;
    for (int i = 0; v.kind == HG_FLOATS && i < v.count; ++i) {
      if (std::isinf(v.u.fv[i])) return true;
    }
  }
  return false;
}

const char* phase_text(hg_phase phase) {
  if (phase == HG_STEP) return "as an optimizer's step";
  return phase == HG_BACKWARD ? "backward" : "forward";
}

class Detector : public Observer {
 public:
  void before(const Event& event) override { given_.push_back(given_to(event)); }

  void after(const Event& event) override {
    const std::vector<Seen> given = std::move(given_.back());
    given_.pop_back();
    if (event.failed || event.is_pass) return;
    if (event.op && (event.op->def->flags & HG_VIEW)) return;
    bool infinite_before = has_infinite_attribute(event);
    for (const Seen& s : given) infinite_before |= s.census.infinities > 0;
    auto check = [&](const std::string& role, const hg_tensor& t) {
      const Census census = look_at(t);
      if (census.nans || (census.infinities && !infinite_before)) {
        report(event, {role, t, census}, given);
      }
    };
    if (event.phase == HG_BACKWARD) {
      for (size_t i = 0; i < event.din.size(); ++i) {
        check("the gradient of " + input_role(event, i), event.din[i]);
      }
      return;
    }
    for (size_t i = 0; i < event.out.size(); ++i) {
      check("output " + std::to_string(i), event.out[i]);
    }
    for (size_t i = 0; i < event.in.size(); ++i) {
      if (!writes(event, i)) continue;
      check(input_role(event, i) + ", which it changed,", event.in[i]);
    }
  }

 private:
  // Optimizers that step all parameters at once have no operator; they write them all.
  static bool writes(const Event& e, size_t i) {
    if (!e.op) return e.phase == HG_STEP;
    const hg_op& def = *e.op->def;
    return i < 64 && (def.writes >> std::min<size_t>(i, def.n_in - 1) & 1);
  }

  [[noreturn]] static void report(const Event& e, const Seen& found,
                                  const std::vector<Seen>& given) {
    std::string text = found.role + " " + describe(found.t) + " has " +
                       counts(found.census) + ", the first, " +
                       (std::isnan(found.census.value) ? "nan"
                        : found.census.value > 0       ? "inf"
                                                       : "-inf") +
                       ", at " + place(found.t, found.census.first) + "; it ran " +
                       phase_text(e.phase);
    for (const Event* outer = e.outer; outer; outer = outer->outer) {
      if (!outer->is_pass) text += ", inside " + std::string(outer->name);
    }
    const Seen* culprit = nullptr;
    for (const Seen& s : given) {
      text += "\n  before: " + s.role + " " + describe(s.t) + " " +
              (s.census.finite() ? "finite" : "had " + counts(s.census));
      if (!culprit && !s.census.finite()) culprit = &s;
    }
    const std::string who = e.op ? e.op->short_name() : std::string(e.name);
    throw Error(who, text,
                culprit ? culprit->role + " was so before: look at what made it"
                        : "all it was given is finite: look at the values there; a "
                          "logarithm or root of 0, a division by 0, a step too large?");
  }

  // Of each event under way on this thread, outermost first.
  static thread_local std::vector<std::vector<Seen>> given_;
};

thread_local std::vector<std::vector<Seen>> Detector::given_;

// One detector for all guards that are alive.
struct Guards {
  std::mutex mutex;
  int alive = 0;
  std::shared_ptr<Detector> detector = std::make_shared<Detector>();
};
Guards& guards() {
  static auto* all = new Guards;
  return *all;
}

const struct FromEnvironment {
  FromEnvironment() {
    const char* wish = std::getenv("HANDGRAD_ANOMALY");
    if (wish && *wish && std::string(wish) != "0") new detect_anomaly;  // until exit
  }
} from_environment;

}  // namespace

detect_anomaly::detect_anomaly() {
  std::lock_guard lock(guards().mutex);
  if (guards().alive++ == 0) add_observer(guards().detector);
}

detect_anomaly::~detect_anomaly() {
  std::lock_guard lock(guards().mutex);
  if (--guards().alive == 0) remove_observer(guards().detector.get());
}

}  // namespace hg
