#include "tensor/dlpack.hpp"

namespace hg {

static_assert(sizeof(DLManagedTensor) == 64 && sizeof(DLManagedTensorVersioned) == 80);

namespace {

// The managed struct, the handle that keeps the memory alive, and a copy of the sizes, as
// t's own could be changed in place.
template <class Managed>
struct Handed {
  Managed managed{};
  Tensor tensor;
  int64_t dims[2 * max_rank];
};

template <class Managed>
Managed* hand_out(const Tensor& t) {
  const hg_tensor& desc = t.desc();
  if (t.requires_grad()) {
    throw Error("to_dlpack", "the tensor " + t.shape().to_string() + " requires a gradient",
                "hand out x.detach()");
  }
  auto* handed = new Handed<Managed>;
  handed->tensor = t;
  handed->managed.manager_ctx = handed;
  handed->managed.deleter = [](Managed* self) {
    delete static_cast<Handed<Managed>*>(self->manager_ctx);
  };
  hg_tensor& out = handed->managed.dl_tensor = desc;
  out.shape = handed->dims;
  out.strides = handed->dims + max_rank;
  std::copy_n(desc.shape, desc.ndim, out.shape);
  std::copy_n(desc.strides, desc.ndim, out.strides);
  return &handed->managed;
}

template <class Managed>
Tensor take_over(Managed* managed) {
  auto fail = [](const std::string& problem, const std::string& hint = {}) {
    throw Error("from_dlpack", problem, hint);
  };
  if (!managed) fail("the pointer is null");
  const hg_tensor& t = managed->dl_tensor;
  if (t.ndim < 0 || t.ndim > max_rank) {
    fail(std::to_string(t.ndim) + " axes; a tensor has 0 to " + std::to_string(max_rank));
  }
  if (t.ndim > 0 && !t.shape) fail("there is no shape");
  if (t.lanes != 1) {
    fail("the elements are vectors of " + std::to_string(t.lanes) + " numbers (lanes); " +
         "only single numbers can be held");
  }
  if (t.dev_type != HG_CPU && t.dev_type != HG_CUDA_HOST) {
    fail(
        "the memory is on a device of type " + std::to_string(t.dev_type) + ", not the CPU",
        "copy it to the CPU first");
  }
  DType type = dtype_from_code(t.code, t.bits);
  Shape shape = shape_of(t);
  std::optional<Shape> strides;  // none given: row-major
  if (t.strides) strides = strides_of(t);
  char* data = t.data ? static_cast<char*>(t.data) + t.byte_offset : nullptr;
  auto give_back = [managed] {
    if (managed->deleter) managed->deleter(managed);
  };
  return from_blob(data, shape, type, give_back, strides);
}

}  // namespace

DLManagedTensor* to_dlpack(const Tensor& t) { return hand_out<DLManagedTensor>(t); }

DLManagedTensorVersioned* to_dlpack_versioned(const Tensor& t) {
  auto* managed = hand_out<DLManagedTensorVersioned>(t);
  managed->version = {1, 0};
  return managed;
}

Tensor from_dlpack(DLManagedTensor* managed) { return take_over(managed); }

Tensor from_dlpack(DLManagedTensorVersioned* managed) {
  if (managed && managed->version.major != 1) {
    throw Error("from_dlpack",
                "the tensor is of DLPack " + std::to_string(managed->version.major) + "." +
                    std::to_string(managed->version.minor) + "; version 1 is understood");
  }
  if (managed && (managed->flags & dlpack_read_only)) {
    throw Error("from_dlpack", "the memory is read-only, and tensors can be written to",
                "hand out a copy instead");
  }
  return take_over(managed);
}

}  // namespace hg
