// A few steps of an optimizer, of either kind, on parameters of its own.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "cli/check_trial.hpp"

namespace hg::cli::check {

using State = std::vector<Array>;  // parameters, then slots

inline double number_of(const hg_value& v) {
  return v.kind == HG_FLOAT ? v.u.f : double(v.u.i);
}

struct HyperTable {
  uint32_t n;
  const hg_attr* const* attrs;

  // -1 if there is none of that name.
  int64_t find(std::string_view name) const {
    for (uint32_t k = 0; k < n; ++k) {
      if (name == attrs[k]->name) return k;
    }
    return -1;
  }
};

// Is the slot in use with these hyper-parameters?
inline bool in_use(const hg_slot& slot, const HyperTable& table,
                   const std::vector<hg_value>& values) {
  if (!slot.when) return true;
  int64_t k = table.find(slot.when);
  return k < 0 || number_of(values[size_t(k)]) != 0;
}

// `elements` is how many all parameters have together, for a shared slot.
inline Array fresh_slot(const hg_slot& slot, const Array& param, int64_t elements,
                        const HyperTable& table, const std::vector<hg_value>& values) {
  Shape shape = slot.flags & HG_SLOT_SCALAR ? Shape{}
              : slot.flags & HG_SLOT_SHARED ? Shape{elements}
                                            : param.shape;
  int64_t k = slot.rows ? table.find(slot.rows) : -1;
  if (k >= 0) shape.insert(0, int64_t(number_of(values[size_t(k)])));
  Array a(shape, slot.dtype ? dtype_from_name(slot.dtype) : param.dtype);
  for (int64_t i = 0; i < a.size(); ++i) a.set(i, slot.initial);
  return a;
}

// One that names an update operator: a call for each parameter.
class UpdateRun {
 public:
  UpdateRun(const hg_optimizer& o, const Subject& s, const std::vector<hg_value>& hyper,
            const HyperTable& table, const Shape& shape, uint64_t seed)
      : seed_(seed) {
    Array p = weights(shape, s.dtype, seed);
    arguments_.attr = hyper;
    arguments_.in = {p, Array(shape, s.dtype)};
    for (uint32_t i = 0; i < o.n_slot; ++i) {
      bool used = in_use(*o.slots[i], table, hyper);
      arguments_.in.push_back(used ? fresh_slot(*o.slots[i], p, p.size(), table, hyper)
                                   : Array());
    }
    subject_ = &s;
  }
  void take_up(const State& state) {
    arguments_.in[0] = state[0];
    std::copy(state.begin() + 1, state.end(), arguments_.in.begin() + 2);
  }
  State state() const {
    State all = arguments_.in;
    all.erase(all.begin() + 1);  // the gradient
    return all;
  }
  // False if the kernel declines.
  bool go(uint64_t from, uint64_t to) {
    Trial trial(*subject_, arguments_);
    if (!trial.prepare()) return false;
    for (uint64_t step = from; step <= to; ++step) {
      arguments_.in[1] = weights(arguments_.in[0].shape, subject_->dtype, seed_ + step);
      trial.set_step(step);
      trial.forward();
      State after = trial.result().in;
      std::swap(after[1], arguments_.in[1]);
      arguments_.in = std::move(after);
    }
    return true;
  }

 private:
  const Subject* subject_;
  Arguments arguments_;
  uint64_t seed_;
};

// One that steps all parameters at once, and may ask for the loss again. The loss here is
// sum of (p - 1)^2 / 2 with a weight for each element, so its gradient is w * (p - 1).
class WholeRun {
 public:
  WholeRun(const OptimizerEntry& entry, const std::vector<hg_value>& hyper,
           const HyperTable& table, const Shape& shape, uint64_t seed)
      : o_(*entry.desc), hyper_(hyper) {
    operator_.name = o_.name;
    operator_.origin = entry.origin;
    int64_t elements = 0;
    for (const Shape& each : {shape, Shape{2, 2}}) {
      params_.push_back(weights(each, f32, seed++));
      elements += params_.back().size();
    }
    for (size_t k = 0; k < params_.size(); ++k) {
      for (uint32_t i = 0; i < o_.n_slot; ++i) {
        const hg_slot& slot = *o_.slots[i];
        bool elsewhere = k > 0 && (slot.flags & HG_SLOT_SHARED);
        bool used = in_use(slot, table, hyper) && !elsewhere;
        slots_.push_back(used ? fresh_slot(slot, params_[k], elements, table, hyper)
                              : Array());
      }
    }
  }
  void take_up(const State& state) {
    std::copy_n(state.begin(), params_.size(), params_.begin());
    std::copy(state.begin() + long(params_.size()), state.end(), slots_.begin());
  }
  State state() const {
    State all = params_;
    all.insert(all.end(), slots_.begin(), slots_.end());
    return all;
  }
  bool go(uint64_t from, uint64_t to) {
    std::deque<Block> p, g, s;
    place(p, "param", params_);
    place(g, "gradient", params_);
    place(s, "slot", slots_);
    std::vector<hg_tensor> in = descriptors(p), dout = descriptors(g),
                           saved = descriptors(s);
    Loss loss{p, g};
    for (uint64_t step = from; step <= to; ++step) {
      loss.evaluate();
      Frame frame(operator_);
      frame.closure_user = &loss;
      frame.closure = [](void* user) { return static_cast<Loss*>(user)->evaluate(); };
      frame.call.n_in = uint32_t(in.size());
      frame.call.in = in.data();
      frame.call.dout = dout.data();
      frame.call.n_saved = uint32_t(saved.size());
      frame.call.saved = saved.data();
      frame.call.n_attr = uint32_t(hyper_.size());
      frame.call.attr = hyper_.data();
      frame.call.step = step;
      frame.invoke(o_.step_all, &o_, HG_STEP);
    }
    for (size_t i = 0; i < p.size(); ++i) params_[i] = p[i].read();
    for (size_t i = 0; i < s.size(); ++i) slots_[i] = s[i].read();
    return true;
  }

 private:
  struct Loss {
    std::deque<Block>&p, &g;
    double evaluate() const {
      double sum = 0;
      for (size_t i = 0; i < p.size(); ++i) {
        Array x = p[i].read(), dx = x;
        for (int64_t k = 0; k < x.size(); ++k) {
          double w = 1 + double(k % 3), d = x[k] - 1;
          sum += w * d * d / 2;
          dx.set(k, w * d);
        }
        g[i].store(dx);
      }
      return sum;
    }
  };
  static void place(std::deque<Block>& blocks, const std::string& name,
                    const State& arrays) {
    for (size_t i = 0; i < arrays.size(); ++i) {
      const Array& a = arrays[i];
      if (!a.given) {
        blocks.emplace_back();
        continue;
      }
      blocks.emplace_back(name + "[" + std::to_string(i) + "]", a.shape, a.dtype,
                          Place::against_end);
      blocks.back().store(a);
    }
  }
  static std::vector<hg_tensor> descriptors(const std::deque<Block>& blocks) {
    std::vector<hg_tensor> list;
    for (const Block& b : blocks) list.push_back(b.desc);
    return list;
  }

  const hg_optimizer& o_;
  std::vector<hg_value> hyper_;
  Operator operator_;
  State params_, slots_;
};

}  // namespace hg::cli::check
