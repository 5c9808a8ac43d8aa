// DLPack: tensors handed from one library to another within a process, without a copy.
//
// DLPack (dmlc.github.io/dlpack) is a few structs that many array libraries agree on. Its
// DLTensor is our hg_tensor, field for field; around it goes a struct that says how to give
// the memory back.
#pragma once

#include "tensor/tensor.hpp"

namespace hg {

/// A tensor on its way between libraries, as DLPack defines it. Whoever receives it calls
/// deleter(this) once, when the memory is no longer needed; null means there is nothing to do.
struct DLManagedTensor {
  hg_tensor dl_tensor;
  void* manager_ctx;
  void (*deleter)(DLManagedTensor* self);
};

/// The same since DLPack 1.0, with the version up front.
struct DLManagedTensorVersioned {
  struct {
    uint32_t major, minor;
  } version;
  void* manager_ctx;
  void (*deleter)(DLManagedTensorVersioned* self);
  uint64_t flags;
  hg_tensor dl_tensor;
};
constexpr uint64_t dlpack_read_only = 1;  // a bit of `flags`

/// Hands out t's memory, which lives until the receiver calls the deleter. A tensor that
/// requires a gradient is refused: the receiver could change it behind the tape's back.
DLManagedTensor* to_dlpack(const Tensor& t);
DLManagedTensorVersioned* to_dlpack_versioned(const Tensor& t);

/// A tensor over memory on the CPU that was handed out elsewhere. The deleter is called when
/// the last view of it is gone. If this throws, nothing was taken over.
Tensor from_dlpack(DLManagedTensor* managed);
Tensor from_dlpack(DLManagedTensorVersioned* managed);

}  // namespace hg
