#include "nn/embedding.hpp"

#include "autograd/grad_mode.hpp"
#include "nn/functional.hpp"
#include "nn/init.hpp"

namespace hg::nn {
namespace {

EmbeddingOptions checked(EmbeddingOptions o) {
  const int64_t V = o.num_embeddings;
  if (V < 0 || o.embedding_dim < 0) {
    throw Error("Embedding", "num_embeddings is " + std::to_string(V) + ", embedding_dim " +
                                 std::to_string(o.embedding_dim) +
                                 ": neither can be negative");
  }
  if (o.padding_idx) {
    if (*o.padding_idx < -V || *o.padding_idx >= V) {
      throw Error("Embedding", "padding_idx is " + std::to_string(*o.padding_idx) +
                                   ", and there are " + std::to_string(V) + " words");
    }
    if (*o.padding_idx < 0) *o.padding_idx += V;
  }
  return o;
}

}  // namespace

Embedding::Embedding(const EmbeddingOptions& o)
    : options_(checked(o)),
      weight(*this, "weight", empty({o.num_embeddings, o.embedding_dim}, o.dtype)) {
  reset_parameters();
}

std::unique_ptr<Embedding> Embedding::from_pretrained(const Tensor& table, bool freeze,
                                                      std::optional<int64_t> padding_idx) {
  if (table.dim() != 2) {
    throw Error("Embedding", "the table is " + table.shape().to_string() +
                                 ": it must be (words, features)");
  }
  auto layer = make<Embedding>(EmbeddingOptions{0, table.size(1), {}, table.dtype()});
  layer->options_ = checked({table.size(0), table.size(1), padding_idx, table.dtype()});
  layer->weight = table.detach().requires_grad_(!freeze);
  return layer;
}

void Embedding::reset_parameters() {
  init::normal_(weight);
  no_grad guard;
  if (options_.padding_idx) weight.select(0, *options_.padding_idx).zero_();
}

Tensor Embedding::forward(const Tensor& x) {
  return functional::embedding(x, weight, options_.padding_idx.value_or(-1));
}

std::unique_ptr<Module> Embedding::make_like() const { return make<Embedding>(options_); }

std::string Embedding::details() const {
  std::string text = std::to_string(options_.num_embeddings) + ", " +
                     std::to_string(options_.embedding_dim);
  if (options_.padding_idx)
    text += ", padding_idx=" + std::to_string(*options_.padding_idx);
  return text;
}

}  // namespace hg::nn
