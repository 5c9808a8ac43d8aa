// The losses as modules: a constructor that takes the settings, and a call that takes the
// guess and the target. See nn/functional.hpp for what each computes.
#pragma once

#include "nn/functional.hpp"
#include "nn/module.hpp"

namespace hg::nn {

/// A module with two arguments.
class Loss : public Module {
 public:
  explicit Loss(std::string reduction) : reduction_(std::move(reduction)) {}
  virtual Tensor forward(const Tensor& input, const Tensor& target) = 0;
  Tensor operator()(const Tensor& input, const Tensor& target) {
    return with_hooks({input, target}, forward(input, target));
  }

 protected:
  std::string reduction_;
  using Module::forward;
};

class MSELoss : public Loss {
 public:
  explicit MSELoss(std::string reduction = "mean") : Loss(std::move(reduction)) {}
  Tensor forward(const Tensor& x, const Tensor& t) override {
    return functional::mse_loss(x, t, reduction_);
  }
};

class L1Loss : public Loss {
 public:
  explicit L1Loss(std::string reduction = "mean") : Loss(std::move(reduction)) {}
  Tensor forward(const Tensor& x, const Tensor& t) override {
    return functional::l1_loss(x, t, reduction_);
  }
};

class HuberLoss : public Loss {
 public:
  explicit HuberLoss(std::string reduction = "mean", double delta = 1)
      : Loss(std::move(reduction)), delta_(delta) {}
  Tensor forward(const Tensor& x, const Tensor& t) override {
    return functional::huber_loss(x, t, reduction_, delta_);
  }

 private:
  double delta_;
};

class SmoothL1Loss : public Loss {
 public:
  explicit SmoothL1Loss(std::string reduction = "mean", double beta = 1)
      : Loss(std::move(reduction)), beta_(beta) {}
  Tensor forward(const Tensor& x, const Tensor& t) override {
    return functional::smooth_l1_loss(x, t, reduction_, beta_);
  }

 private:
  double beta_;
};

class NLLLoss : public Loss {
 public:
  explicit NLLLoss(Tensor weight = {}, int64_t ignore_index = -100,
                   std::string reduction = "mean")
      : Loss(std::move(reduction)),
        ignore_index_(ignore_index),
        weight(*this, "weight", weight) {}
  Tensor forward(const Tensor& x, const Tensor& t) override {
    return functional::nll_loss(x, t, weight, reduction_, ignore_index_);
  }

 private:
  int64_t ignore_index_;

 public:
  Buffer weight;
};

class CrossEntropyLoss : public Loss {
 public:
  explicit CrossEntropyLoss(Tensor weight = {}, int64_t ignore_index = -100,
                            std::string reduction = "mean", double label_smoothing = 0)
      : Loss(std::move(reduction)),
        ignore_index_(ignore_index),
        label_smoothing_(label_smoothing),
        weight(*this, "weight", weight) {}
  Tensor forward(const Tensor& x, const Tensor& t) override {
    return functional::cross_entropy(x, t, weight, reduction_, ignore_index_,
                                     label_smoothing_);
  }

 private:
  int64_t ignore_index_;
  double label_smoothing_;

 public:
  Buffer weight;
};

class BCELoss : public Loss {
 public:
  explicit BCELoss(Tensor weight = {}, std::string reduction = "mean")
      : Loss(std::move(reduction)), weight(*this, "weight", weight) {}
  Tensor forward(const Tensor& x, const Tensor& t) override {
    return functional::binary_cross_entropy(x, t, weight, reduction_);
  }

  Buffer weight;
};

class BCEWithLogitsLoss : public Loss {
 public:
  explicit BCEWithLogitsLoss(Tensor weight = {}, std::string reduction = "mean",
                             Tensor pos_weight = {})
      : Loss(std::move(reduction)),
        weight(*this, "weight", weight),
        pos_weight(*this, "pos_weight", pos_weight) {}
  Tensor forward(const Tensor& x, const Tensor& t) override {
    return functional::binary_cross_entropy_with_logits(x, t, weight, reduction_,
                                                        pos_weight);
  }

  Buffer weight, pos_weight;
};

class KLDivLoss : public Loss {
 public:
  explicit KLDivLoss(std::string reduction = "mean", bool log_target = false)
      : Loss(std::move(reduction)), log_target_(log_target) {}
  Tensor forward(const Tensor& x, const Tensor& t) override {
    return functional::kl_div(x, t, reduction_, log_target_);
  }

 private:
  bool log_target_;
};

/// The cosine of the angle between vectors along an axis; a measure rather than a loss.
class CosineSimilarity : public Module {
 public:
  explicit CosineSimilarity(int64_t dim = 1, double eps = 1e-8) : dim_(dim), eps_(eps) {}
  Tensor forward(const Tensor& a, const Tensor& b) {
    return functional::cosine_similarity(a, b, dim_, eps_);
  }
  Tensor operator()(const Tensor& a, const Tensor& b) {
    return with_hooks({a, b}, forward(a, b));
  }

 private:
  using Module::forward;
  int64_t dim_;
  double eps_;
};

/// For pairs of rows (N,D) and labels (N): 1 for alike, -1 for unlike.
class CosineEmbeddingLoss : public Module {
 public:
  explicit CosineEmbeddingLoss(double margin = 0, std::string reduction = "mean")
      : margin_(margin), reduction_(std::move(reduction)) {}
  Tensor forward(const Tensor& a, const Tensor& b, const Tensor& target) {
    return functional::cosine_embedding_loss(a, b, target, margin_, reduction_);
  }
  Tensor operator()(const Tensor& a, const Tensor& b, const Tensor& target) {
    return with_hooks({a, b, target}, forward(a, b, target));
  }

 private:
  using Module::forward;
  double margin_;
  std::string reduction_;
};

}  // namespace hg::nn
