// The parts of Tensor that need no operator: making, freeing, reading, comparing.
#include "tensor/tensor.hpp"

#include <cmath>
#include <cstring>

#include "tensor/convert.hpp"
#include "tensor/pool.hpp"
#include "tensor/strides.hpp"

namespace hg {

// ---- making and freeing -----------------------------------------------------------------

void* TensorImpl::operator new(size_t bytes) { return pool::allocate(bytes); }
void TensorImpl::operator delete(void* p) { pool::release(p, sizeof(TensorImpl)); }

// The way of every result of an operator, so it does no more than it must.
Ref<TensorImpl> new_tensor(const hg_tensor& like) {
  int64_t bytes = like.bits / 8;
  bool none = false, overflow = false;
  for (int d = 0; d < like.ndim; ++d) {
    none |= like.shape[d] == 0;
    overflow |= __builtin_mul_overflow(bytes, like.shape[d] ? like.shape[d] : 1, &bytes);
  }
  if (overflow) {
    throw Error("shape",
                shape_of(like).to_string() + " has more bytes than 64 bits can count");
  }
  Ref<Storage> memory = new_storage(none ? 0 : size_t(bytes));
  return Ref<TensorImpl>::adopt(new TensorImpl(like, std::move(memory)));
}

Ref<TensorImpl> new_tensor(const Shape& shape, DType type) {
  for (int64_t size : shape) {
    if (size < 0) throw Error("shape", shape.to_string() + " has a negative size");
  }
  int64_t bytes;
  if (__builtin_mul_overflow(shape.numel(), int64_t(size_of(type)), &bytes)) {
    throw Error("shape", shape.to_string() + " has more bytes than 64 bits can count");
  }
  return Ref<TensorImpl>::adopt(new TensorImpl(shape, contiguous_strides(shape), type,
                                               new_storage(size_t(bytes)), 0));
}

// The base of a view may have this view as its last owner, and a base of its own: a loop,
// so that no chain of views is too long to be freed.
void destroy(TensorImpl* t) noexcept {
  while (t) {
    if (t->hooks || t->retains_grad) forget_tensor(t);
    TensorImpl* base = t->base.leak();
    delete t;
    t = base && base->refs.decrement() ? base : nullptr;
  }
}

// ---- what it is -------------------------------------------------------------------------

void Tensor::throw_undefined() {
  throw Error("tensor", "this handle is empty: no tensor was assigned to it",
              "defined() tells whether there is one");
}

int64_t Tensor::size(int64_t axis) const {
  int rank = dim();
  if (rank == 0) throw Error("size", "a tensor without axes has no sizes");
  return desc().shape[wrap_axis("size", axis, rank)];
}

int64_t Tensor::len() const {
  if (dim() == 0) {
    throw Error("len", "a tensor without axes has no length",
                "numel() counts its elements");
  }
  return desc().shape[0];
}

// ---- its numbers ------------------------------------------------------------------------

namespace {

Tensor on_cpu(const Tensor& t) {
  return t.device().type == HG_CPU ? t : t.detach().to("cpu");
}

// t's elements in row-major order, as type `type`, on the CPU; t itself if it is so
// already.
Tensor plain(const Tensor& t, DType type) {
  Tensor here = on_cpu(t);
  if (here.dtype() == type && here.is_contiguous()) return here;
  Tensor result(new_tensor(here.shape(), type));
  copy_elements(result.desc(), here.desc());
  return result;
}

}  // namespace

void* Tensor::checked_data(DType wanted) const {
  const hg_tensor& t = desc();
  if (dtype() != wanted) {
    throw Error(
        "span",
        std::string("the tensor is of type ") + name(dtype()) + ", the span of type " +
            name(wanted),
        std::string("to(") + name(wanted) + ") converts, to_vector copies and converts");
  }
  if (t.dev_type != HG_CPU) {
    throw Error("span", "the tensor's memory is on a device", "to(\"cpu\") copies it here");
  }
  if (!is_contiguous()) {
    throw Error("span",
                "the elements of this " + shape().to_string() +
                    " tensor do not lie one after the other (strides " +
                    strides().to_string() + ")",
                "contiguous() copies them in order");
  }
  return t.data;
}

template <class T>
T Tensor::item() const {
  if (numel() != 1) {
    throw Error(
        "item",
        "a tensor with " + std::to_string(numel()) + " elements has no single value",
        numel() == 0 ? "" : "reduce it (sum, mean, ...) or pick an element: x[0]");
  }
  Tensor here = on_cpu(*this);
  return visit(here.dtype(), [&]<class From>() {
    return convert<T>(load(static_cast<const From*>(here.data())));
  });
}

double Tensor::item() const { return item<double>(); }

template <class T>
std::vector<T> Tensor::to_vector() const {
  Tensor here = plain(*this, dtype_of<T>());
  std::vector<T> numbers(static_cast<size_t>(numel()));
  auto* data = static_cast<const T*>(here.data());
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = load(data + i);
  return numbers;
}

#define HG_INSTANTIATE(T)             \
  template T Tensor::item<T>() const; \
  template std::vector<T> Tensor::to_vector<T>() const;
HG_INSTANTIATE(float)
HG_INSTANTIATE(double)
HG_INSTANTIATE(int64_t)
HG_INSTANTIATE(int32_t)
HG_INSTANTIATE(int16_t)
HG_INSTANTIATE(int8_t)
HG_INSTANTIATE(uint8_t)
HG_INSTANTIATE(bool)
HG_INSTANTIATE(Half)
HG_INSTANTIATE(BFloat16)
#undef HG_INSTANTIATE

// ---- comparing --------------------------------------------------------------------------

bool Tensor::equal(const Tensor& other) const {
  if (shape() != other.shape()) return false;
  DType type = promote(dtype(), other.dtype());
  Tensor a = plain(*this, type), b = plain(other, type);
  return visit(type, [&]<class T>() {
    auto *x = static_cast<const T*>(a.data()), *y = static_cast<const T*>(b.data());
    for (int64_t i = 0; i < a.numel(); ++i) {
      if (load(x + i) != load(y + i)) return false;
    }
    return true;
  });
}

bool Tensor::allclose(const Tensor& other, double rtol, double atol, bool equal_nan) const {
  Tensor a = plain(*this, f64), b = plain(other, f64);
  Shape shape = broadcast_shapes("allclose", a.shape(), b.shape());
  Loops<2> loops(shape, {broadcast_strides("allclose", a.desc(), shape),
                         broadcast_strides("allclose", b.desc(), shape)});
  auto close = [&](double x, double y) {
    if (x == y) return true;  // equal infinities too
    if (std::isnan(x) && std::isnan(y)) return equal_nan;
    double distance = std::abs(x - y);
    return std::isfinite(distance) && distance <= atol + rtol * std::abs(y);
  };
  auto *x = static_cast<const double*>(a.data()), *y = static_cast<const double*>(b.data());
  bool all_close = true;
  loops.for_each_row([&](auto& at, int64_t n) {
    const auto [x_step, y_step] = loops.inner();
    for (int64_t i = 0; i < n; ++i) {
      all_close &= close(x[at[0] + i * x_step], y[at[1] + i * y_step]);
    }
  });
  return all_close;
}

}  // namespace hg
