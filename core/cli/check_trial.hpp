// One call of a kernel, driven by hand.
//
// The core's dispatch would choose the kernel and the memory. Here a test does: it says
// where tensors lie, what garbage is in the outputs before, which gradients are wanted and
// which host table the plugin sees. All else is as the core does it (host/dispatch.cpp).
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/check_arguments.hpp"
#include "cli/check_block.hpp"
#include "cli/check_host.hpp"

namespace hg::cli::check {

/// A kernel, for one of its element types, and what it is tried with.
struct Subject {
  const Operator& op;
  const Kernel* kernel;  // null for operators that are views
  DType dtype;
  std::vector<Sample> samples;
  uint64_t seed = 0;

  const hg_op& def() const { return *op.def; }
  bool has(hg_kernel_flags flag) const { return kernel && (kernel->desc->flags & flag); }
  bool has_backward() const { return kernel && kernel->desc->backward; }
  /// Masks speak of declared inputs and outputs; the last bit is for all of a variadic one.
  bool in_mask(uint64_t mask, size_t i) const {
    return mask >> declared(i, def().n_in) & 1;
  }
  bool out_mask(uint64_t mask, size_t i) const {
    return mask >> declared(i, def().n_out) & 1;
  }
  /// "in[1] 'other'"
  std::string in_name(size_t i) const;
  /// Numbers for a sample; nothing if this kernel does not work on such.
  std::optional<Arguments> draw(const Sample& sample, uint64_t seed) const {
    return check::draw(op, sample, dtype, seed);
  }
  static size_t declared(size_t i, uint32_t n) {
    return n == 0 ? 0 : std::min<size_t>(i, n - 1);
  }
};

/// A callback broke a rule, in a way that leaves nothing to go on with.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Trial;

struct Setup {
  Place place = Place::aligned;
  uint8_t poison = 0xff;  // fills outputs, gradients and scratch: NaN, or -1
  Layout layout = Layout::rows;
  const hg_host* host = nullptr;  // null: the core's own, watched
  uint64_t seed = 1, step = 1;
  uint64_t weights = 7;            // the seed of the output gradients
  std::vector<Array> dout = {};    // instead, if there are any
  uint64_t wanted = ~uint64_t(0);  // bit i: somebody wants din[i]
  uint64_t null_dout = 0;          // bit i: dout[i] comes as NULL, which says zeros
  std::vector<Array> add_to = {};  // what din[i] holds before, to be added to
  bool give_all = false;           // backward sees what was not kept, too ...
  int64_t withhold = -1;           // ... but for this one: inputs first, then outputs
  std::vector<std::pair<size_t, size_t>> same = {};   // input `second` is `first` again
  bool alias = false;                                 // output 0 lies in input 0's memory
  std::function<void(Trial&, hg_phase)> before = {};  // called just before the kernel is
};

/// What came out of a call.
struct Result {
  std::vector<Array> in;  // the inputs afterwards
  std::vector<Array> out, saved;
  std::vector<Array> din;  // absent where no gradient was wanted
};

class Trial {
 public:
  Trial(const Subject& subject, const Arguments& arguments, Setup setup = {});

  /// Asks for the results' shapes and the kernel's plans. False if the kernel declines, or
  /// the results would take more memory than a test may.
  bool prepare();
  /// Each throws Refused or Broken. Inputs are stored afresh by forward(), so that it can
  /// be called again.
  void forward();
  void backward();
  Result result() const;
  void set_step(uint64_t step);

  /// The results only, of a subject that accepts these arguments.
  static std::optional<Result> run(const Subject& subject, const Arguments& arguments,
                                   Setup setup = {});

  /// Red zones that were stepped on, and inputs that changed without being in `writes`,
  /// each as a sentence; empty if there are none.
  std::string damage() const;
  std::string changed() const;

  /// Would the core call backward, or does pass_dout answer all, or does nobody ask?
  bool wants_backward() const;
  bool wants(size_t i) const;  // din[i]
  bool keeps_in(size_t i) const;
  bool keeps_out(size_t i) const;

  std::deque<Block> in, out, saved, dout, din;
  const Subject& subject;

 private:
  std::unique_ptr<WatchedFrame> make_frame() const;
  template <class Desc>
  bool call_back(WatchedFrame& frame, int32_t (*f)(const Desc*, hg_call*), const Desc* desc,
                 hg_phase phase) {
    if (setup_.before) setup_.before(*this, phase);
    return frame.call_back(f, desc, phase);
  }
  bool kernel_knows_all() const;
  bool passes_dout(size_t i) const;
  void make_results(const DescList& shapes, const char* name, std::deque<Block>& list);

  const Arguments& arguments_;
  Setup setup_;
  std::unique_ptr<WatchedFrame> frame_;  // of infer, plan and forward
  std::unique_ptr<WatchedFrame> backward_frame_;
  std::vector<hg_tensor> in_desc_, out_desc_, saved_desc_;
  std::vector<Array> out_before_, saved_before_, dout_before_;  // backward's inputs
};

}  // namespace hg::cli::check
