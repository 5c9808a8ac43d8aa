#include "cli/check_trial.hpp"

#include <algorithm>

namespace hg::cli::check {
namespace {

// Do these tensors need more memory than a test may take? (What is wrong with a shape, if
// anything, make_results says.)
bool too_much(const DescList& list) {
  size_t bytes = 0;
  for (const hg_tensor& t : list.span()) {
    int64_t n = 1;
    for (int d = 0; d < std::min(t.ndim, max_rank); ++d) {
      if (t.shape[d] > 0 && __builtin_mul_overflow(n, t.shape[d], &n)) return true;
    }
    bytes += size_t(n) > most_bytes ? most_bytes + 1 : size_t(n) * t.bits / 8;
  }
  return bytes > most_bytes;
}

}  // namespace

std::string Subject::in_name(size_t i) const {
  std::string name = def().in[declared(i, def().n_in)]->name;
  return "in[" + std::to_string(i) + "] '" + name + "'";
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
  frame_ = make_frame();
}

std::unique_ptr<WatchedFrame> Trial::make_frame() const {
  auto frame = std::make_unique<WatchedFrame>(subject.op, setup_.host, setup_.poison);
  frame->kernel = subject.kernel;
  frame->call.attr = arguments_.attr.data();
  frame->call.n_attr = uint32_t(arguments_.attr.size());
  frame->call.seed = setup_.seed;
  frame->call.step = setup_.step;
  return frame;
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
  call_back(frame, subject.def().infer, &subject.def(), HG_INFER);
  if (subject.def().flags & HG_VIEW) return true;

  if (too_much(frame.out)) return false;
  make_results(frame.out, "out", out);
  for (uint32_t i = 0; i < out.size(); ++i) {  // plan sees strides
    const hg_tensor& t = out[i].desc;
    std::copy(t.strides, t.strides + t.ndim, frame.out[i].strides);
  }
  const hg_kernel& k = *subject.kernel->desc;
  if (k.plan && !call_back(frame, k.plan, &k, HG_PLAN)) return false;
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
  call_back(*frame_, subject.kernel->desc->forward, subject.kernel->desc, HG_FORWARD);
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
      std::string hit = b.memory ? b.memory->damage() : "";
      if (!hit.empty()) return hit;
    }
  }
  std::string text = frame_->damage();
  return text.empty() && backward_frame_ ? backward_frame_->damage() : text;
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
