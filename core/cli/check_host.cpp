#include "cli/check_host.hpp"

#include <atomic>
#include <cstring>

namespace hg::cli::check {
namespace {

std::atomic<int64_t> parallel_uses{0}, gemm_uses{0};

int32_t watched_parallel_for(hg_call* c, int64_t n, int64_t grain, hg_body body,
                             void* user) {
  ++parallel_uses;
  return host_table()->parallel_for(c, n, grain, body, user);
}

int32_t watched_gemm(hg_call* c, const hg_gemm* g) {
  ++gemm_uses;
  return host_table()->gemm(c, g);
}

}  // namespace

Uses uses_of_host() { return {parallel_uses, gemm_uses}; }

WatchedFrame::WatchedFrame(const Operator& op, const hg_host* host, uint8_t poison)
    : Frame(op), poison_(poison) {
  call.host = host ? host : watched_host();
}

const hg_host* WatchedFrame::watched_host() {
  static const hg_host host = [] {
    hg_host h = *host_table();
    h.scratch = take_scratch;
    h.parallel_for = watched_parallel_for;
    h.gemm = watched_gemm;
    return h;
  }();
  return &host;
}

void* WatchedFrame::take_scratch(hg_call* call, uint64_t bytes) {
  auto* frame = static_cast<WatchedFrame*>(static_cast<Frame*>(call->core));
  if (bytes > most_bytes) {
    call->host->fail(call, HG_E_MEMORY, "more scratch memory than a test may have");
    return nullptr;
  }
  auto memory = std::make_unique<Guarded>("scratch", size_t(bytes), Place::aligned);
  std::memset(memory->data(), frame->poison_, memory->bytes());
  frame->scratch_.push_back(std::move(memory));
  return frame->scratch_.back()->data();
}

std::string WatchedFrame::damage() const {
  for (const auto& memory : scratch_) {
    std::string text = memory->damage();
    if (!text.empty()) return text;
  }
  return {};
}

}  // namespace hg::cli::check
