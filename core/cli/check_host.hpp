// The host that a kernel sees while it is tried: the core's own, watched.
//
// Scratch memory has red zones and is full of garbage, as elsewhere it is only after a
// while; and it is noted whether the kernel asks for threads or for a matrix product.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/check_memory.hpp"
#include "host/frame.hpp"
#include "tensor/error.hpp"

namespace hg::cli::check {

/// A callback said no, as it may.
struct Refused : std::runtime_error {
  bool silent;  // it did not say why, as it must
  Refused(const std::string& message, bool silent)
      : std::runtime_error(message), silent(silent) {}
};

/// No test takes more memory than this, for its results or as scratch.
constexpr size_t most_bytes = size_t(64) << 20;

class WatchedFrame : public Frame {
 public:
  /// A null host means the watched one.
  WatchedFrame(const Operator& op, const hg_host* host, uint8_t poison);

  /// Calls back. False if the kernel declines; throws Refused.
  template <class Desc>
  bool call_back(int32_t (*f)(const Desc*, hg_call*), const Desc* desc, hg_phase phase) {
    scratch_.clear();
    try {
      return invoke(f, desc, phase);
    } catch (const Error& e) {
      throw Refused(e.what(), message.empty());
    }
  }
  /// What became of the red zones around the scratch memory of the last call.
  std::string damage() const;

 private:
  static void* take_scratch(hg_call* call, uint64_t bytes);
  static const hg_host* watched_host();

  uint8_t poison_;
  std::vector<std::unique_ptr<Guarded>> scratch_;
};

/// How often kernels tried in this process have asked for threads, or a matrix product.
struct Uses {
  int64_t parallel_for, gemm;
};
Uses uses_of_host();

}  // namespace hg::cli::check
