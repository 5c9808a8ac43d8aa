// Watching operators run: what the profile (learn/profile.hpp), the anomaly mode
// (learn/anomaly.hpp) and the lessons' --graph stand on.
//
// Three things are announced: every operator that runs forward, every node of the graph
// that computes gradients, and every step of an optimizer that works on all parameters at
// once. They nest: a composed operator holds those it is made of, a backward pass its
// nodes. While nobody watches, an operator pays one load and one branch for all this.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "handgrad_abi.h"
#include "tensor/tensor.hpp"

namespace hg {

struct Operator;

/// One thing that runs, as an observer sees it. Tensors are described as kernels see them;
/// `data` is null where there are no elements to look at.
struct Event {
  std::string_view name;         // "core.softmax"; of a custom function "ClampBackward"
  const Operator* op = nullptr;  // null for custom functions, passes and whole steps
  hg_phase phase = HG_FORWARD;   // HG_FORWARD, HG_BACKWARD or HG_STEP
  bool is_pass = false;          // a whole backward pass, with its nodes inside
  std::span<const hg_tensor> in = {}, out = {}, saved = {}, dout = {}, din = {};
  std::span<const hg_value> attributes = {};
  std::span<const Tensor> roots = {};  // of a pass: where it starts

  const Event* outer = nullptr;  // what it runs inside of, on this thread
  double seconds = 0;            // known afterwards
  double inner_seconds = 0;      // of that, in nested events
  bool failed = false;           // it ended with an error
};

/// Is told of each event, on the thread where it happens, several threads at once.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void before(const Event&) {}
  /// May throw, which makes the operator fail, unless the event has failed already.
  virtual void after(const Event&) {}
};

/// Every event from now on is announced to `observer`, and no more from remove_observer()
/// on; of those under way at that moment it still hears the end.
void add_observer(std::shared_ptr<Observer> observer);
void remove_observer(const Observer* observer);


/// Is anybody watching? The one question that an unwatched call asks.
extern std::atomic<bool> observers_present;
inline bool is_observed() { return observers_present.load(std::memory_order_relaxed); }

/// An event while it lasts.
class Announcement {
 public:
  explicit Announcement(Event& event);
  ~Announcement();
  Announcement(const Announcement&) = delete;
  /// It went well. The destructor alone means that it failed.
  void done();

 private:
  void finish();
  Event& event_;
  std::shared_ptr<const std::vector<std::shared_ptr<Observer>>> observers_;
  double start_;
  bool finished_ = false;
};

/// Calls f; if anybody watches, as this event.
template <class F>
void announce(Event event, const F& f) {
  if (!is_observed()) return f();
  Announcement announced(event);
  f();
  announced.done();
}

}  // namespace hg
