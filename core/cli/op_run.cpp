// handgrad op run: one operator on tensors from a file.
#include <charconv>

#include "autograd/backward.hpp"
#include "cli/commands.hpp"
#include "host/attributes.hpp"
#include "host/dispatch.hpp"
#include "io/files.hpp"
#include "io/safetensors.hpp"
#include "tensor/random.hpp"

namespace hg::cli {
namespace {

bool has_bit(uint64_t mask, uint32_t i) { return i < 64 && (mask >> i & 1); }

std::string numbered(const char* word, size_t i) {
  return std::string(word) + "." + std::to_string(i);
}

// A .npy file, whose one tensor has no name, has in.0.
io::Tensors read(const std::string& path) {
  io::Tensors tensors;
  for (const auto& [name, t] : load(path)) {
    tensors.emplace(path.ends_with(".npy") ? "in.0" : name, t);
  }
  return tensors;
}

// The tensors WORD.0, WORD.1, ...; a number that is not there is an undefined tensor.
std::vector<Tensor> take(const io::Tensors& tensors, const std::string& word) {
  std::vector<Tensor> list;
  for (auto& [name, tensor] : tensors) {
    if (!name.starts_with(word + ".")) continue;
    size_t i = 0;
    const char *first = name.data() + word.size() + 1, *last = name.data() + name.size();
    auto [end, error] = std::from_chars(first, last, i);
    if (error != std::errc() || end != last || i > 1000) {
      throw Error("op run",
                  "'" + name + "' is none of " + word + ".0, " + word + ".1, ...");
    }
    if (list.size() <= i) list.resize(i + 1);
    list[i] = tensor;
  }
  return list;
}

class Run {
 public:
  explicit Run(const RunOptions& options)
      : o_(options),
        op_(Registry::get().at(o_.op)),
        def_(*op_.def),
        attributes_(op_, o_.attrs) {
    if (o_.grad && (def_.flags & HG_NO_GRAD)) {
      throw Error("op run", op_.short_name() + " has no gradient", "leave out --grad");
    }
    const io::Tensors file = read(o_.in);
    in_ = take(file, "in");
    dout_ = take(file, "dout");
    for (Tensor& t : in_) {
      if (t.defined()) t = t.to(o_.device);
    }
  }

  void forward() {
    if (o_.seed) manual_seed(*o_.seed);
    std::vector<const Tensor*> inputs;
    for (uint32_t i = 0; i < in_.size(); ++i) {
      if (o_.grad && has_gradient(i)) in_[i].requires_grad_();
      inputs.push_back(&in_[i]);
    }
    out_ = run_all(op_, inputs, attributes_.values());
    for (size_t i = 0; i < out_.size(); ++i) result_[numbered("out", i)] = out_[i];
    for (uint32_t i = 0; i < in_.size(); ++i) {
      if (has_bit(def_.writes, place(i)) && in_[i].defined()) {
        result_[numbered("in", i)] = in_[i];
      }
    }
  }

  void backward() {
    if (dout_.size() > out_.size()) {
      throw Error("op run", numbered("dout", dout_.size() - 1) +
                                " is given, but there are " + std::to_string(out_.size()) +
                                " outputs");
    }
    dout_.resize(out_.size());
    std::vector<Tensor> roots, gradients, leaves;
    for (size_t i = 0; i < out_.size(); ++i) {
      if (!out_[i].requires_grad()) {
        if (dout_[i].defined()) {
          throw Error("op run", numbered("dout", i) + " is given, but " +
                                    numbered("out", i) + " has no gradient");
        }
        continue;
      }
      roots.push_back(out_[i]);
      gradients.push_back(dout_[i].defined() ? dout_[i].to(o_.device) : ones_like(out_[i]));
    }
    std::vector<size_t> places;
    for (uint32_t i = 0; i < in_.size(); ++i) {
      if (!has_gradient(i)) continue;
      leaves.push_back(in_[i]);
      places.push_back(i);
    }
    if (roots.empty())
      throw Error("op run", "none of the inputs and outputs has a gradient");
    std::vector<Tensor> din = grad(roots, leaves, gradients, false, true);
    for (size_t k = 0; k < din.size(); ++k) {
      result_[numbered("din", places[k])] =
          din[k].defined() ? din[k] : zeros_like(leaves[k]);
    }
  }

  void write() const { save(io::TensorList(result_.begin(), result_.end()), o_.out); }

 private:
  // The declaration that input i belongs to: a variadic last one covers all that follow.
  uint32_t place(uint32_t i) const { return std::min(i, def_.n_in ? def_.n_in - 1 : 0); }

  bool has_gradient(uint32_t i) const {
    return in_[i].defined() && is_floating(in_[i].dtype()) &&
           !has_bit(def_.nondiff_in | def_.writes, place(i));
  }

  const RunOptions& o_;
  const Operator& op_;
  const hg_op& def_;
  Attributes attributes_;
  std::vector<Tensor> in_, dout_, out_;
  io::Tensors result_;
};

}  // namespace

void run_operator(const RunOptions& options) {
  Run run(options);
  run.forward();
  if (options.grad) run.backward();
  run.write();
}

}  // namespace hg::cli
