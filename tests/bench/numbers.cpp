#include "numbers.hpp"

#include <cmath>

#include "autograd/grad_mode.hpp"
#include "nn/init.hpp"
#include "tensor/stream.hpp"

namespace hg::bench {

Tensor uniform(const Shape& shape, double bound, uint64_t stream) {
  Tensor t = empty(shape);
  Stream words(stream);
  uint64_t i = 0;
  for (float& x : t.span<float>()) x = float(bound * (2 * words.uniform<float>(i++) - 1));
  return t;
}

Tensor normal(const Shape& shape, uint64_t stream) {
  Tensor t = empty(shape);
  Stream words(stream);
  uint64_t i = 0;
  for (float& x : t.span<float>()) x = float(words.normal(i++));
  return t;
}

Tensor whole(const Shape& shape, int64_t n, uint64_t stream) {
  Tensor t = empty(shape, i64);
  Stream words(stream);
  uint64_t i = 0;
  for (int64_t& x : t.span<int64_t>()) x = int64_t(words.word(i++)) % n;
  return t;
}

void start(const nn::Module& net) {
  no_grad guard;
  double bound = 0;
  uint64_t stream = 1000;
  for (auto& [path, p] : net.named_parameters()) {
    std::string name = path.substr(path.find_last_of('.') + 1);
    bool bias = name.starts_with("bias");
    if (p.dim() >= 2) {
      bound = 1 / std::sqrt(double(nn::init::fans(p).in));
    } else if (!bias) {
      bound = 0;  // the scale of a normalisation
    }
    if (p.dim() >= 2 || bias) p.copy_(uniform(p.shape(), bound, stream));
    ++stream;
  }
}

}  // namespace hg::bench
