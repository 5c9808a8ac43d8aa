// Activations as modules, for Sequential and for the printed model. What each computes is
// said in nn/functional.hpp and derived in core/ops.
#pragma once

#include "nn/functional.hpp"
#include "nn/linear.hpp"
#include "nn/module.hpp"

namespace hg::nn {

// ---- without settings -------------------------------------------------------------------

class ReLU : public Cloneable<ReLU> {
 public:
  using Cloneable::Cloneable;
  Tensor forward(const Tensor& x) override { return x.relu(); }
};

class ReLU6 : public Cloneable<ReLU6> {
 public:
  using Cloneable::Cloneable;
  Tensor forward(const Tensor& x) override { return functional::relu6(x); }
};

class SiLU : public Cloneable<SiLU> {
 public:
  using Cloneable::Cloneable;
  Tensor forward(const Tensor& x) override { return functional::silu(x); }
};

class Sigmoid : public Cloneable<Sigmoid> {
 public:
  using Cloneable::Cloneable;
  Tensor forward(const Tensor& x) override { return x.sigmoid(); }
};

class Tanh : public Cloneable<Tanh> {
 public:
  using Cloneable::Cloneable;
  Tensor forward(const Tensor& x) override { return x.tanh(); }
};

// ---- with settings ----------------------------------------------------------------------

/// What they share: settings given by name, nn::ELU({.alpha = 0.5}), or as a member,
/// nn::ELU act{*this, "act", {.alpha = 0.5}}. Each takes them in order, too: nn::ELU(0.5).
template <class Self, class Options>
class Activation : public Module {
 public:
  explicit Activation(const Options& options) : options_(options) {}
  Activation(Module& parent, const std::string& name, const Options& options)
      : Module(parent, name), options_(options) {}
  const Options& options() const { return options_; }
  std::unique_ptr<Module> make_like() const override { return make<Self>(options_); }

 protected:
  Options options_;
};

struct LeakyReLUOptions {
  double negative_slope = 0.01;
};
class LeakyReLU : public Activation<LeakyReLU, LeakyReLUOptions> {
 public:
  using Activation::Activation;
  explicit LeakyReLU(double negative_slope = 0.01)
      : Activation(LeakyReLUOptions{negative_slope}) {}
  LeakyReLU(Module& parent, const std::string& name, double negative_slope = 0.01)
      : Activation(parent, name, {negative_slope}) {}
  Tensor forward(const Tensor& x) override {
    return functional::leaky_relu(x, options_.negative_slope);
  }
  std::string details() const override;
};

struct ELUOptions {
  double alpha = 1;
};
class ELU : public Activation<ELU, ELUOptions> {
 public:
  using Activation::Activation;
  explicit ELU(double alpha = 1) : Activation(ELUOptions{alpha}) {}
  ELU(Module& parent, const std::string& name, double alpha = 1)
      : Activation(parent, name, {alpha}) {}
  Tensor forward(const Tensor& x) override { return functional::elu(x, options_.alpha); }
  std::string details() const override;
};

struct GELUOptions {
  std::string approximate = "none";  // or "tanh"
};
class GELU : public Activation<GELU, GELUOptions> {
 public:
  using Activation::Activation;
  explicit GELU(const std::string& approximate = "none")
      : Activation(GELUOptions{approximate}) {}
  GELU(Module& parent, const std::string& name, const std::string& approximate = "none")
      : Activation(parent, name, {approximate}) {}
  Tensor forward(const Tensor& x) override {
    return functional::gelu(x, options_.approximate);
  }
  std::string details() const override;
};

struct SoftplusOptions {
  double beta = 1, threshold = 20;
};
class Softplus : public Activation<Softplus, SoftplusOptions> {
 public:
  using Activation::Activation;
  explicit Softplus(double beta = 1, double threshold = 20)
      : Activation(SoftplusOptions{beta, threshold}) {}
  Softplus(Module& parent, const std::string& name, double beta = 1, double threshold = 20)
      : Activation(parent, name, {beta, threshold}) {}
  Tensor forward(const Tensor& x) override {
    return functional::softplus(x, options_.beta, options_.threshold);
  }
  std::string details() const override;
};

struct HardtanhOptions {
  double min_val = -1, max_val = 1;
};
class Hardtanh : public Activation<Hardtanh, HardtanhOptions> {
 public:
  using Activation::Activation;
  explicit Hardtanh(double min_val = -1, double max_val = 1)
      : Activation(HardtanhOptions{min_val, max_val}) {}
  Hardtanh(Module& parent, const std::string& name, double min_val = -1,
           double max_val = 1)
      : Activation(parent, name, {min_val, max_val}) {}
  Tensor forward(const Tensor& x) override {
    return functional::hardtanh(x, options_.min_val, options_.max_val);
  }
  std::string details() const override;
};

struct SoftmaxOptions {
  int64_t dim;  // the axis whose elements sum to 1
};
class Softmax : public Activation<Softmax, SoftmaxOptions> {
 public:
  using Activation::Activation;
  explicit Softmax(int64_t dim) : Activation(SoftmaxOptions{dim}) {}
  Softmax(Module& parent, const std::string& name, int64_t dim)
      : Activation(parent, name, {dim}) {}
  Tensor forward(const Tensor& x) override { return x.softmax(options_.dim); }
  std::string details() const override;
};

class LogSoftmax : public Activation<LogSoftmax, SoftmaxOptions> {
 public:
  using Activation::Activation;
  explicit LogSoftmax(int64_t dim) : Activation(SoftmaxOptions{dim}) {}
  LogSoftmax(Module& parent, const std::string& name, int64_t dim)
      : Activation(parent, name, {dim}) {}
  Tensor forward(const Tensor& x) override { return x.log_softmax(options_.dim); }
  std::string details() const override;
};

// ---- with parameters --------------------------------------------------------------------

struct PReLUOptions {
  int64_t num_parameters = 1;  // one slope for all, or one for each channel (axis 1)
  double init = 0.25;
  DType dtype = f32;
};
/// leaky_relu whose slope, `weight` (num_parameters), is learned. Weight decay would pull
/// it towards relu.
class PReLU : public Activation<PReLU, PReLUOptions> {
 public:
  explicit PReLU(const PReLUOptions& options);
  PReLU(Module& parent, const std::string& name, const PReLUOptions& options)
      : PReLU(options) {
    parent.adopt(name, *this);
  }
  explicit PReLU(int64_t num_parameters = 1, double init = 0.25)
      : PReLU(PReLUOptions{num_parameters, init, f32}) {}
  PReLU(Module& parent, const std::string& name, int64_t num_parameters = 1,
        double init = 0.25)
      : PReLU(parent, name, PReLUOptions{num_parameters, init, f32}) {}

  Parameter weight;
  Tensor forward(const Tensor& x) override { return functional::prelu(x, weight); }
  std::string details() const override;
};

struct SwiGLUOptions {
  int64_t in_features, out_features;
  bool bias = false;
  DType dtype = f32;
};
/// silu(x W^T) * (x V^T): two views of x, one the gate of the other. x (*, in_features) ->
/// (*, out_features), `gate` holds W and `value` V. The half of a transformer's block that
/// takes the place of Linear and ReLU.
class SwiGLU : public Activation<SwiGLU, SwiGLUOptions> {
 public:
  explicit SwiGLU(const SwiGLUOptions& o)
      : Activation(o),
        gate(*this, "gate", linear_options()),
        value(*this, "value", linear_options()) {}
  SwiGLU(Module& parent, const std::string& name, const SwiGLUOptions& options)
      : SwiGLU(options) {
    parent.adopt(name, *this);
  }
  SwiGLU(int64_t in_features, int64_t out_features, bool bias = false)
      : SwiGLU(SwiGLUOptions{in_features, out_features, bias, f32}) {}
  SwiGLU(Module& parent, const std::string& name, int64_t in_features, int64_t out_features,
         bool bias = false)
      : SwiGLU(parent, name, SwiGLUOptions{in_features, out_features, bias, f32}) {}

  Linear gate, value;
  Tensor forward(const Tensor& x) override { return functional::swiglu(gate(x), value(x)); }

 private:
  LinearOptions linear_options() const {
    return {options_.in_features, options_.out_features, options_.bias, options_.dtype};
  }
};

}  // namespace hg::nn
