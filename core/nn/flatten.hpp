// Layers that only change the shape, or nothing.
#pragma once

#include "nn/module.hpp"

namespace hg::nn {

struct FlattenOptions {
  int64_t start_dim = 1, end_dim = -1;
};

/// Joins axes start_dim to end_dim into one: (N,1,28,28) -> (N,784) by default.
class Flatten : public Module {
 public:
  explicit Flatten(const FlattenOptions& options) : options_(options) {}
  explicit Flatten(int64_t start_dim = 1, int64_t end_dim = -1)
      : Flatten(FlattenOptions{start_dim, end_dim}) {}
  Flatten(Module& parent, const std::string& name, const FlattenOptions& options)
      : Flatten(options) {
    parent.adopt(name, *this);
  }
  template <class... Args>
  Flatten(Module& parent, const std::string& name, Args&&... args)
      : Flatten(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }
  Tensor forward(const Tensor& x) override {
    return x.flatten(options_.start_dim, options_.end_dim);
  }
  std::unique_ptr<Module> make_like() const override { return make<Flatten>(options_); }
  std::string type_name() const override { return "Flatten"; }
  std::string details() const override {
    return "start_dim=" + std::to_string(options_.start_dim) +
           ", end_dim=" + std::to_string(options_.end_dim);
  }

 private:
  FlattenOptions options_;
};

struct UnflattenOptions {
  int64_t dim;
  Shape sizes;
};

/// Splits an axis into several, of which one size may be -1: Unflatten(1, {1, 28, 28}) makes
/// (N,1,28,28) of (N,784).
class Unflatten : public Module {
 public:
  explicit Unflatten(const UnflattenOptions& options) : options_(options) {}
  Unflatten(int64_t dim, const Shape& sizes) : Unflatten(UnflattenOptions{dim, sizes}) {}
  Unflatten(Module& parent, const std::string& name, const UnflattenOptions& options)
      : Unflatten(options) {
    parent.adopt(name, *this);
  }
  Unflatten(Module& parent, const std::string& name, int64_t dim, const Shape& sizes)
      : Unflatten(parent, name, UnflattenOptions{dim, sizes}) {}
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override { return make<Unflatten>(options_); }
  std::string type_name() const override { return "Unflatten"; }
  std::string details() const override;

 private:
  UnflattenOptions options_;
};

/// Gives back what it gets: a layer where one must stand and none is wanted.
class Identity : public Module {
 public:
  Identity() = default;
  Identity(Module& parent, const std::string& name) : Module(parent, name) {}
  Tensor forward(const Tensor& x) override { return x; }
  std::unique_ptr<Module> make_like() const override { return make<Identity>(); }
  std::string type_name() const override { return "Identity"; }
};

}  // namespace hg::nn
