#include "cli/check_trial.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "tensor/error.hpp"

namespace hg::cli::check {
namespace {

constexpr size_t most_bytes = size_t(64) << 20;  // of all results of a test together

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

hg_tensor without_data(hg_tensor t) {
  t.data = nullptr;
  return t;
}

}  // namespace

Uses uses_of_host() { return {parallel_uses, gemm_uses}; }

std::string Subject::in_name(size_t i) const {
  std::string name = def().in[declared(i, def().n_in)]->name;
  return "in[" + std::to_string(i) + "] '" + name + "'";
}

// ---- the host that a plugin sees -----------------------------------------------------

struct Trial::WatchedFrame : Frame {
  Trial& trial;
  explicit WatchedFrame(Trial& t) : Frame(t.subject.op), trial(t) {
    kernel = t.subject.kernel;
    call.host = t.setup_.host ? t.setup_.host : watched_host();
    call.attr = t.arguments_.attr.data();
    call.n_attr = uint32_t(t.arguments_.attr.size());
    call.seed = t.setup_.seed;
    call.step = t.setup_.step;
  }
};

// Scratch memory has red zones, too, and is full of garbage, as elsewhere it is only after
// a while.
void* Trial::watched_scratch(hg_call* call, uint64_t bytes) {
  Trial& trial = static_cast<WatchedFrame*>(static_cast<Frame*>(call->core))->trial;
  if (bytes > most_bytes) {
    call->host->fail(call, HG_E_MEMORY, "more scratch memory than a test may have");
    return nullptr;
  }
  auto memory = std::make_unique<Guarded>("scratch", size_t(bytes), Place::aligned);
  std::memset(memory->data(), trial.setup_.poison, memory->bytes());
  trial.scratch_.push_back(std::move(memory));
  return trial.scratch_.back()->data();
}

const hg_host* Trial::watched_host() {
  static const hg_host host = [] {
    hg_host h = *host_table();
    h.scratch = watched_scratch;
    h.parallel_for = watched_parallel_for;
    h.gemm = watched_gemm;
    return h;
  }();
  return &host;
}

// ---- a call --------------------------------------------------------------------------

Trial::Trial(const Subject& s, const Arguments& arguments, Setup setup)
    : subject(s), arguments_(arguments), setup_(std::move(setup)) {
  for (size_t i = 0; i < arguments.in.size(); ++i) {
    const Array& values = arguments.in[i];
    if (!values.given) {
      in.emplace_back();
    } else {
      in.emplace_back("in[" + std::to_string(i) + "]", values.shape, values.dtype,
                      setup_.place, setup_.layout);
    }
  }
  for (auto [first, second] : setup_.same) in[second].desc.data = in[first].desc.data;
  frame_ = std::make_shared<WatchedFrame>(*this);
}

// Calls back, and tells apart what went wrong.
template <class Desc>
bool Trial::invoke(WatchedFrame& frame, int32_t (*f)(const Desc*, hg_call*),
                   const Desc* desc, hg_phase phase) {
  if (setup_.before) setup_.before(*this, phase);
  scratch_.clear();
  scratch_damage_.clear();
  try {
    bool accepted = frame.invoke(f, desc, phase);
    for (auto& s : scratch_) {
      if (scratch_damage_.empty()) scratch_damage_ = s->damage();
    }
    return accepted;
  } catch (const Error& e) {
    throw Refused(e.what(), frame.message.empty());
  }
}

// Blocks for what infer or plan has asked for.
void Trial::make_results(const DescList& shapes, const char* name,
                         std::deque<Block>& list) {
  for (uint32_t i = 0; i < shapes.size(); ++i) {
    const hg_tensor& t = shapes.span()[i];
    std::string which = name + ("[" + std::to_string(i) + "]");
    if (t.ndim < 0 || t.ndim > max_rank) {
      throw Broken(which + " got rank " + std::to_string(t.ndim));
    }
    Shape shape = shape_of(t);
    for (int64_t n : shape) {
      if (n < 0) throw Broken(which + " got shape " + shape.to_string());
    }
    list.emplace_back(which, shape, dtype_from_code(t.code, t.bits), setup_.place);
  }
}

// A kernel written before an input or attribute was added is not asked when it is used.
bool Trial::kernel_knows_all() const {
  const hg_kernel& k = *subject.kernel->desc;
  for (size_t i = k.n_in; i < in.size(); ++i) {
    if (arguments_.in[i].given) return false;
  }
  for (size_t i = k.n_attr; i < arguments_.attr.size(); ++i) {
    const hg_value &v = arguments_.attr[i], &dflt = subject.def().attrs[i]->dflt;
    if (v.kind != dflt.kind || v.u.i != dflt.u.i) return false;
  }
  return true;
}

bool Trial::prepare() {
  if (subject.kernel && !kernel_knows_all()) return false;
  WatchedFrame& frame = *frame_;
  for (Block& b : in) in_desc_.push_back(b.desc);
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i].memory) in[i].store(arguments_.in[i]);  // some infer by the numbers
  }
  frame.call.n_in = uint32_t(in.size());
  frame.call.in = in_desc_.data();
  frame.out.resize(subject.def().n_out);
  frame.call.n_out = subject.def().n_out;
  frame.call.out = frame.out.data();
  invoke(frame, subject.def().infer, &subject.def(), HG_INFER);
  if (subject.def().flags & HG_VIEW) return true;

  auto too_much = [&](const DescList& list) {
    size_t bytes = 0;
    for (const hg_tensor& t : list.span()) {
      if (t.ndim < 0 || t.ndim > max_rank) continue;  // see make_results
      int64_t n = 1;
      for (int d = 0; d < t.ndim; ++d) {
        if (t.shape[d] > 0 && __builtin_mul_overflow(n, t.shape[d], &n)) return true;
      }
      bytes += size_t(n) > most_bytes ? most_bytes + 1 : size_t(n) * t.bits / 8;
    }
    return bytes > most_bytes;
  };
  if (too_much(frame.out)) return false;
  make_results(frame.out, "out", out);
  for (Block& b : out) {  // plan sees strides
    hg_tensor& t = frame.out.data()[&b - &out[0]];
    std::copy(b.desc.strides, b.desc.strides + b.desc.ndim, t.strides);
  }
  const hg_kernel& k = *subject.kernel->desc;
  if (k.plan && !invoke(frame, k.plan, &k, HG_PLAN)) return false;
  if (too_much(frame.saved)) return false;
  make_results(frame.saved, "saved", saved);
  if (setup_.alias) out[0].desc.data = in[0].desc.data;
  for (Block& b : out) out_desc_.push_back(b.desc);
  for (Block& b : saved) saved_desc_.push_back(b.desc);
  return true;
}

void Trial::set_step(uint64_t step) { frame_->call.step = step; }

void Trial::forward() {
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i].memory) in[i].store(arguments_.in[i]);
  }
  for (Block& b : out) {
    if (!setup_.alias || &b != &out[0]) b.fill(setup_.poison);
  }
  for (Block& b : saved) b.fill(setup_.poison);
  hg_call& call = frame_->call;
  call.n_out = uint32_t(out.size());
  call.out = out_desc_.data();
  call.n_saved = uint32_t(saved.size());
  call.saved = saved_desc_.data();
  invoke(*frame_, subject.kernel->desc->forward, subject.kernel->desc, HG_FORWARD);
}

// ---- backward ------------------------------------------------------------------------

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
  WatchedFrame frame(*this);
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

  hg_call& call = frame.call;
  call.n_in = uint32_t(in.size());
  call.n_out = uint32_t(out.size());
  call.n_saved = uint32_t(saved.size());
  call.in = x.data();
  call.out = y.data();
  call.saved = saved_desc_.data();
  call.dout = dy.data();
  call.din = dx.data();
  call.din_add = add.data();
  invoke(frame, subject.kernel->desc->backward, subject.kernel->desc, HG_BACKWARD);
}

// ---- afterwards ----------------------------------------------------------------------

Result Trial::result() const {
  auto all = [](const std::deque<Block>& blocks) {
    std::vector<Array> list;
    for (const Block& b : blocks) list.push_back(b.read());
    return list;
  };
  Result r{all(in), all(out), all(saved), all(din)};
  r.din.resize(in.size());  // absent if backward has not run
  return r;
}

std::optional<Result> Trial::run(const Subject& subject, const Arguments& arguments,
                                 Setup setup) {
  Trial trial(subject, arguments, std::move(setup));
  if (!trial.prepare()) return {};
  trial.forward();
  if (trial.wants_backward()) trial.backward();
  return trial.result();
}

std::string Trial::damage() const {
  for (const std::deque<Block>* list : {&in, &out, &saved, &dout, &din}) {
    for (const Block& b : *list) {
      std::string text = b.memory ? b.memory->damage() : "";
      if (!text.empty()) return text;
    }
  }
  return scratch_damage_;
}

std::string Trial::changed() const {
  auto compare = [](const std::string& name, const Array& before, const Block& now) {
    if (!before.given) return std::string();
    Array after = now.read();
    auto i = first_difference(before, after);
    return i ? name + " was changed: element " + before.index_text(*i) + " was " +
                   number_text(before[*i]) + ", and is " + number_text(after[*i])
             : std::string();
  };
  auto compare_all = [&](const char* name, const std::vector<Array>& before,
                         const std::deque<Block>& now) {
    std::string text;
    for (size_t i = 0; i < before.size() && i < now.size() && text.empty(); ++i) {
      text = compare(name + ("[" + std::to_string(i) + "]"), before[i], now[i]);
    }
    return text;
  };
  for (size_t i = 0; i < in.size(); ++i) {
    bool may = subject.in_mask(subject.def().writes, i) || (setup_.alias && i == 0);
    std::string text = may ? "" : compare(subject.in_name(i), arguments_.in[i], in[i]);
    if (!text.empty()) return text;
  }
  std::string text = compare_all("dout", dout_before_, dout);
  if (text.empty()) text = compare_all("out", out_before_, out);
  if (text.empty()) text = compare_all("saved", saved_before_, saved);
  return text;
}

}  // namespace hg::cli::check
