#include "nn/summary.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

#include "autograd/grad_mode.hpp"

namespace hg::nn {
namespace {

// Sees every forward of a model and leaves the model as it was.
class Watch {
 public:
  struct Seen {
    std::vector<Shape> outputs;
    int64_t macs = 0;
  };

  explicit Watch(Module& net) {
    for (auto& [path, module] : net.named_modules()) {
      size_t hook = module->register_forward_hook(
          [this](Module& m, const std::vector<Tensor>& inputs, const Tensor& y) {
            Seen& seen = seen_[&m];
            seen.outputs.push_back(y.shape());
            seen.macs += m.macs(inputs.at(0).shape(), y.shape());
            return Tensor();
          });
      watched_.push_back({module, hook, module->training()});
    }
    net.eval();
  }
  ~Watch() {
    for (const Watched& w : watched_) {
      w.module->remove_forward_hook(w.hook);
      w.module->train(w.training);  // parents come first, so children keep their own
    }
  }
  const Seen& seen(const Module& m) { return seen_[&m]; }

 private:
  struct Watched {
    Module* module;
    size_t hook;
    bool training;
  };
  std::vector<Watched> watched_;
  std::map<const Module*, Seen> seen_;
};

// 44426 as "44,426".
std::string grouped(int64_t n) {
  std::string digits = std::to_string(n);
  for (int64_t i = int64_t(digits.size()) - 3; i > 0; i -= 3) digits.insert(size_t(i), 1, ',');
  return digits;
}

}  // namespace

Summary summary(Module& net, const std::function<void()>& run) {
  Watch watch(net);
  {
    no_grad guard;
    run();
  }
  Summary s;
  std::set<TensorImpl*> counted;
  for (auto& [path, module] : net.named_modules()) {
    SummaryRow row{path.substr(path.rfind('.') + 1),
                   module->type_name(),
                   path.empty() ? 0 : 1 + int(std::count(path.begin(), path.end(), '.')),
                   watch.seen(*module).outputs,
                   0,
                   watch.seen(*module).macs};
    for (const auto& [name, p] : module->named_parameters()) {
      if (name.find('.') != std::string::npos || !counted.insert(p.impl()).second) continue;
      row.parameters += p.numel();
      s.bytes += p.numel() * int64_t(info(p.dtype()).bytes);
      if (p.requires_grad()) s.trainable += p.numel();
    }
    s.parameters += row.parameters;
    s.macs += row.macs;
    s.rows.push_back(std::move(row));
  }
  return s;
}

Summary summary(Module& net, const Tensor& input) {
  return summary(net, [&] { net(input); });
}

Summary summary(Module& net, const Shape& input_shape, DType type) {
  return summary(net, zeros(input_shape, type));
}

std::string Summary::to_string() const {
  // Columns: layer, output shape (left), parameters, MACs (right).
  std::vector<std::vector<std::string>> lines{
      {"layer", "output shape", "parameters", "MACs"}};
  for (const SummaryRow& r : rows) {
    std::string shape = r.outputs.empty() ? "-" : r.outputs.back().to_string();
    if (r.outputs.size() > 1) shape += " x" + std::to_string(r.outputs.size());
    lines.push_back({std::string(size_t(2 * r.depth), ' ') + r.name +
                         (r.name.empty() ? "" : ": ") + r.type,
                     shape, grouped(r.parameters), grouped(r.macs)});
  }
  lines.push_back({"total", "", grouped(parameters), grouped(macs)});
  size_t width[4] = {};
  for (const auto& line : lines) {
    for (size_t i = 0; i < 4; ++i) width[i] = std::max(width[i], line[i].size());
  }
  const std::string rule(width[0] + width[1] + width[2] + width[3] + 9, '-');
  std::string text;
  for (size_t l = 0; l < lines.size(); ++l) {
    if (l == 1 || l + 1 == lines.size()) text += rule + "\n";
    for (size_t i = 0; i < 4; ++i) {
      const std::string gap(width[i] - lines[l][i].size(), ' ');
      text += (i ? "   " : "") + (i < 2 ? lines[l][i] + gap : gap + lines[l][i]);
    }
    text += "\n";
  }
  return text + "trainable " + grouped(trainable) + ", frozen " +
         grouped(parameters - trainable) + ", " + grouped((bytes + 512) / 1024) + " KiB\n";
}

std::ostream& operator<<(std::ostream& out, const Summary& s) {
  return out << s.to_string();
}

}  // namespace hg::nn
