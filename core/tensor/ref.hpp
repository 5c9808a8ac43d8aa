// Reference counting, for the three things that are shared: storage, tensors, nodes.
#pragma once

#include <sys/single_threaded.h>

#include <atomic>
#include <cstdint>
#include <utility>

namespace hg {

/// A count of owners. While the process has one thread (glibc keeps track) a plain
/// increment will do; the locked instruction that several threads need costs some 20 cycles,
/// and a small operator touches half a dozen counts.
class RefCount {
 public:
  void increment() noexcept {
    if (__libc_single_threaded) {
      count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    } else {
      count_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  /// True if that was the last owner.
  bool decrement() noexcept {
    if (__libc_single_threaded) {
      uint32_t left = count_.load(std::memory_order_relaxed) - 1;
      count_.store(left, std::memory_order_relaxed);
      return left == 0;
    }
    return count_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  bool unique() const noexcept { return count_.load(std::memory_order_acquire) == 1; }

 private:
  std::atomic<uint32_t> count_{1};  // whoever makes it owns it
};

/// A pointer that owns one count of a T. retain(T*) and release(T*) are found by name.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  /// Takes over the count that the maker of `p` holds.
  static Ref adopt(T* p) {
    Ref r;
    r.p_ = p;
    return r;
  }
  /// Adds a count.
  static Ref share(T* p) {
    if (p) retain(p);
    return adopt(p);
  }
  Ref(const Ref& other) : p_(other.p_) {
    if (p_) retain(p_);
  }
  Ref(Ref&& other) noexcept : p_(std::exchange(other.p_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(p_, other.p_);
    return *this;
  }
  ~Ref() {
    if (p_) release(p_);
  }
  T* get() const { return p_; }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }
  explicit operator bool() const { return p_ != nullptr; }
  bool operator==(const Ref& other) const { return p_ == other.p_; }
  /// Gives the count up to the caller.
  T* leak() { return std::exchange(p_, nullptr); }

 private:
  T* p_ = nullptr;
};

}  // namespace hg
