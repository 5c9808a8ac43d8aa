// cosine_embedding_loss: pairs that belong together should point the same way, others
// should not.
//
// Forward.  For each pair of rows a, b with the cosine y of their angle, and a label t:
//
//     t =  1 (alike)       l = 1 - y
//     t = -1 (unlike)      l = max(0, y - margin)
//
//   A pair of unlike rows costs nothing once its angle is wide enough. Another label costs
//   nothing either.
//
// Backward.  It is made of operators that know theirs: dl/dy is -1 or, where y >= margin, 1
// (see clamp.cpp for the corner), and cosine_similarity.cpp goes on from there.
//
// A row counts as at least 1e-6 long, so that rows of zeros have an angle.
#include "nn/functional.hpp"

namespace hg::nn::functional {
namespace {

// "none", "sum" or "mean" of a loss for each sample.
Tensor reduced(const char* loss, const Tensor& l, const std::string& reduction) {
  if (reduction == "none") return l;
  if (reduction == "sum") return l.sum();
  if (reduction == "mean") return l.mean();
  throw Error(loss, "reduction is '" + reduction + "'; it is mean, sum or none");
}

}  // namespace

Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& target,
                             double margin, const std::string& reduction) {
  const char* me = "cosine_embedding_loss";
  if (target.dim() > 1 || a.dim() != target.dim() + 1 || b.dim() != a.dim()) {
    throw Error(me, "the inputs are " + a.shape().to_string() + " and " +
                        b.shape().to_string() + ", target is " +
                        target.shape().to_string() +
                        ": rows (N,D) need labels (N), one row (D) a single label");
  }
  Tensor y = cosine_similarity(a, b, -1, 1e-6);
  Tensor unlike = where(target == -1, clamp(y - margin, 0), 0);
  return reduced(me, where(target == 1, 1 - y, unlike), reduction);
}

}  // namespace hg::nn::functional
