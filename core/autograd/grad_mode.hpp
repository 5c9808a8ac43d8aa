// Whether operations are being recorded.
#pragma once

namespace hg {

/// True unless a no_grad is alive on this thread.
bool grad_enabled() noexcept;
void set_grad_enabled(bool on) noexcept;

/// While one is alive, nothing on this thread is recorded:
///     { no_grad guard;  w -= 0.1 * w.grad(); }
class no_grad {
 public:
  no_grad() : before_(grad_enabled()) { set_grad_enabled(false); }
  ~no_grad() { set_grad_enabled(before_); }
  no_grad(const no_grad&) = delete;
  no_grad& operator=(const no_grad&) = delete;

 private:
  bool before_;
};

/// The opposite, inside a no_grad.
class enable_grad {
 public:
  enable_grad() : before_(grad_enabled()) { set_grad_enabled(true); }
  ~enable_grad() { set_grad_enabled(before_); }
  enable_grad(const enable_grad&) = delete;
  enable_grad& operator=(const enable_grad&) = delete;

 private:
  bool before_;
};

}  // namespace hg
