// A vector for each word.
#pragma once

#include <optional>

#include "nn/module.hpp"

namespace hg::nn {

struct EmbeddingOptions {
  int64_t num_embeddings, embedding_dim;
  std::optional<int64_t> padding_idx = {};  // negative: counted from the end
  DType dtype = f32;
};

/// Looks up rows of weight (num_embeddings, embedding_dim): whole numbers x (*), i64 ->
/// (*, embedding_dim). The rows start standard normal. The row padding_idx stands for
/// "nothing here": it starts at 0 and gets no gradient. (PyTorch's max_norm, which changes
/// the weight during forward, is left out.)
class Embedding : public Module {
 public:
  explicit Embedding(const EmbeddingOptions& options);
  Embedding(int64_t num_embeddings, int64_t embedding_dim,
            std::optional<int64_t> padding_idx = {})
      : Embedding(EmbeddingOptions{num_embeddings, embedding_dim, padding_idx, f32}) {}
  Embedding(Module& parent, const std::string& name, const EmbeddingOptions& options)
      : Embedding(options) {
    parent.adopt(name, *this);
  }
  template <class... Args>
  Embedding(Module& parent, const std::string& name, Args&&... args)
      : Embedding(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }
  /// A table that exists already; `freeze` keeps it from being trained.
  static std::unique_ptr<Embedding> from_pretrained(
      const Tensor& table, bool freeze = true, std::optional<int64_t> padding_idx = {});

  const EmbeddingOptions& options() const { return options_; }

 private:
  EmbeddingOptions options_;

 public:
  Parameter weight;

  void reset_parameters();
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string type_name() const override { return "Embedding"; }
  std::string details() const override;
};

}  // namespace hg::nn
