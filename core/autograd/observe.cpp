#include "autograd/observe.hpp"

#include <chrono>
#include <mutex>

namespace hg {
namespace {

using Observers = std::vector<std::shared_ptr<Observer>>;

// The list is replaced, never changed: who announces holds on to the one it began with.
struct Watchers {
  std::mutex mutex;
  std::shared_ptr<const Observers> list = std::make_shared<Observers>();
};
Watchers& watchers() {  // never destroyed: operators run until the very end
  static auto* all = new Watchers;
  return *all;
}

void replace(Observers changed) {
  observers_present = !changed.empty();
  watchers().list = std::make_shared<Observers>(std::move(changed));
}

thread_local Event* innermost = nullptr;

double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::atomic<bool> observers_present{false};

void add_observer(std::shared_ptr<Observer> observer) {
  std::lock_guard lock(watchers().mutex);
  Observers changed = *watchers().list;
  changed.push_back(std::move(observer));
  replace(std::move(changed));
}

void remove_observer(const Observer* observer) {
  std::lock_guard lock(watchers().mutex);
  Observers changed = *watchers().list;
  std::erase_if(changed, [&](const auto& o) { return o.get() == observer; });
  replace(std::move(changed));
}

Announcement::Announcement(Event& event) : event_(event) {
  {
    std::lock_guard lock(watchers().mutex);
    observers_ = watchers().list;
  }
  event_.outer = innermost;
  for (const auto& observer : *observers_) observer->before(event_);
  innermost = &event_;
  start_ = now();
}

void Announcement::finish() {
  event_.seconds = now() - start_;
  finished_ = true;
  innermost = const_cast<Event*>(event_.outer);
  if (innermost) innermost->inner_seconds += event_.seconds;
}

void Announcement::done() {
  finish();
  for (const auto& observer : *observers_) observer->after(event_);
}

Announcement::~Announcement() {
  if (finished_) return;
  event_.failed = true;
  finish();
  for (const auto& observer : *observers_) {
    try {
      observer->after(event_);
    } catch (...) {
      // The error that is on its way says more.
    }
  }
}

}  // namespace hg
