// Finding where the first number that is none came from.
#pragma once

namespace hg {

/// While one lives (on any thread), every result and every gradient is looked at, and the
/// first operator that yields one which is not finite fails with an hg::Error: it names
/// the operator, whether it ran forward, backward or as an optimizer's step, the tensor
/// with shape, type, how many NaNs and infinities it has and where the first one is, and
/// which of the operator's inputs were finite before.
///
///     detect_anomaly guard;
///     loss(net(x), y).backward();
///
/// A NaN always counts. An infinity counts where it is new: masks put minus infinity into
/// scores on purpose, and an operator that was given an infinite tensor or attribute may
/// pass it on; if it turns into a NaN, that is where the trouble starts. An overflowing
/// exp, a logarithm of 0 and a division by 0 are new. Views make no numbers and are not
/// looked at; tensors on other devices than the CPU are not either.
///
/// It takes a second look at all memory, so programs run several times slower. With
/// HANDGRAD_ANOMALY=1 a whole program runs so.
class detect_anomaly {
 public:
  detect_anomaly();
  ~detect_anomaly();
  detect_anomaly(const detect_anomaly&) = delete;
  detect_anomaly& operator=(const detect_anomaly&) = delete;
};

}  // namespace hg
