// The memory behind a tensor. Views share it.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "tensor/ref.hpp"

namespace hg {

/// Where memory lies: a device type by DLPack's number (HG_CPU = 1) and an index.
struct Device {
  int32_t type = 1;
  int32_t index = 0;
  bool operator==(const Device&) const = default;
};

/// "cpu", "cuda:0", ...: the text that Tensor::to understands (host/devices.cpp).
std::string device_name(const Device& device);

/// A block of memory with a count of its owners. `version` goes up by one with each
/// in-place change, so that a tensor kept for the backward pass can tell whether it still
/// holds what was kept.
struct Storage {
  RefCount refs;
  std::atomic<uint32_t> version{0};
  size_t bytes = 0;
  void* data = nullptr;
  Device device;
  std::function<void()>* on_free = nullptr;  // set for memory that is not ours
};

/// `bytes` of fresh memory on the CPU, aligned to 64 bytes, with undefined contents.
Ref<Storage> new_storage(size_t bytes);

/// Wraps memory that belongs to somebody else; `on_free` runs with the last owner.
Ref<Storage> wrap_storage(void* data, size_t bytes, std::function<void()> on_free);

inline void retain(Storage* s) noexcept { s->refs.increment(); }
void destroy(Storage* s) noexcept;
inline void release(Storage* s) noexcept {
  if (s->refs.decrement()) destroy(s);
}

/// For finding bugs: with it (or HANDGRAD_POISON set) fresh memory is filled with 0xff bytes,
/// which read as NaN, so that an element nobody wrote shows.
void poison_new_storage(bool on);

}  // namespace hg
