// The backward half of a trial: what is kept for it, which gradients are wanted, and what
// they are computed from.
#include "cli/check_trial.hpp"

namespace hg::cli::check {
namespace {

hg_tensor without_data(hg_tensor t) {
  t.data = nullptr;
  return t;
}

}  // namespace

bool Trial::wants(size_t i) const {
  const Array& x = arguments_.in[i];
  return subject.has_backward() && (i >= 64 || (setup_.wanted >> i & 1)) && x.floating() &&
         !subject.in_mask(subject.def().nondiff_in, i);
}

bool Trial::keeps_in(size_t i) const {
  if (!subject.in_mask(subject.kernel->desc->keep_in, i)) return false;
  if (!subject.has(HG_KEEP_CROSSWISE)) return true;
  for (size_t j = 0; j < in.size(); ++j) {
    if (j != i && wants(j)) return true;
  }
  return false;
}

bool Trial::keeps_out(size_t i) const {
  return subject.out_mask(subject.kernel->desc->keep_out, i);
}

// The core then takes the gradient of output 0 as it is.
bool Trial::passes_dout(size_t i) const {
  return subject.in_mask(subject.kernel->desc->pass_dout, i) &&
         same_shape(in[i].desc, out[0].desc) &&
         dtype_of(in[i].desc) == dtype_of(out[0].desc);
}

bool Trial::wants_backward() const {
  bool asked = false, answered = false;
  for (size_t i = 0; i < in.size(); ++i) asked |= wants(i);
  for (size_t i = 0; i < out.size(); ++i) {  // whole numbers carry no gradient
    answered |= is_floating(out[i].desc) && !subject.out_mask(subject.def().nondiff_out, i);
  }
  return asked && answered;
}

void Trial::backward() {
  backward_frame_ = make_frame();
  auto visible = [&](size_t slot, bool kept) {
    return setup_.give_all ? int64_t(slot) != setup_.withhold : kept;
  };
  std::vector<hg_tensor> x, y, dy, dx;
  std::vector<uint8_t> add;
  for (size_t i = 0; i < in.size(); ++i) {
    x.push_back(visible(i, keeps_in(i)) ? in[i].desc : without_data(in[i].desc));
  }
  for (size_t i = 0; i < out.size(); ++i) {
    hg_tensor t = out[i].desc;
    y.push_back(visible(in.size() + i, keeps_out(i)) ? t : without_data(t));
  }

  dout.clear();
  dout_before_.clear();
  for (size_t i = 0; i < out.size(); ++i) {
    bool none =
        subject.out_mask(subject.def().nondiff_out, i) || (setup_.null_dout >> i & 1);
    DType type = dtype_of(out[i].desc);
    Shape shape = shape_of(out[i].desc);
    Array values = i < setup_.dout.size() ? setup_.dout[i]
                 : is_floating(type)      ? weights(shape, type, setup_.weights + i)
                                          : Array(shape, type);
    Block& b = dout.emplace_back("dout[" + std::to_string(i) + "]", shape, type,
                                 setup_.place, setup_.layout);
    b.store(values);
    dout_before_.push_back(none ? Array() : std::move(values));
    dy.push_back(none ? without_data(b.desc) : b.desc);
  }

  din.clear();
  bool asked = false;
  for (size_t i = 0; i < in.size(); ++i) {
    Array before = i < setup_.add_to.size() ? setup_.add_to[i] : Array();
    add.push_back(before.given && wants(i));
    if (!wants(i)) {
      din.emplace_back();
      dx.push_back(without_data(in[i].desc));
      continue;
    }
    Block& b = din.emplace_back("din[" + std::to_string(i) + "]", arguments_.in[i].shape,
                                arguments_.in[i].dtype, setup_.place);
    b.fill(setup_.poison);
    if (add[i]) b.store(before);
    if (passes_dout(i)) {
      b.store(dout[0].read());
      dx.push_back(without_data(b.desc));
    } else {
      dx.push_back(b.desc);
      asked = true;
    }
  }
  out_before_.clear();
  saved_before_.clear();
  for (Block& b : out) out_before_.push_back(b.read());
  for (Block& b : saved) saved_before_.push_back(b.read());
  if (!asked) return;

  hg_call& call = backward_frame_->call;
  call.n_in = uint32_t(in.size());
  call.n_out = uint32_t(out.size());
  call.n_saved = uint32_t(saved.size());
  call.in = x.data();
  call.out = y.data();
  call.saved = saved_desc_.data();
  call.dout = dy.data();
  call.din = dx.data();
  call.din_add = add.data();
  call_back(*backward_frame_, subject.kernel->desc->backward, subject.kernel->desc,
            HG_BACKWARD);
}

}  // namespace hg::cli::check
