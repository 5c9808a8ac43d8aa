#include "nn/init.hpp"

#include "autograd/grad_mode.hpp"

namespace hg::nn::init {

void uniform_(const Tensor& t, double low, double high) {
  no_grad guard;
  t.uniform_(low, high);
}

void normal_(const Tensor& t, double mean, double std) {
  no_grad guard;
  t.normal_(mean, std);
}

void constant_(const Tensor& t, Scalar value) {
  no_grad guard;
  t.fill_(value);
}

void zeros_(const Tensor& t) { constant_(t, 0); }
void ones_(const Tensor& t) { constant_(t, 1); }

}  // namespace hg::nn::init
