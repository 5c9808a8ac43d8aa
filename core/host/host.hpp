// The functions behind hg_host (see handgrad_abi.h), each where its subject is.
#pragma once

#include "handgrad_abi.h"

namespace hg {

// frame.cpp: the call under way
int32_t host_fail(hg_call* call, int32_t code, const char* message);
void* host_scratch(hg_call* call, uint64_t bytes);
int32_t host_save(hg_call* call, uint32_t i, const hg_tensor* like);
int32_t host_resize_out(hg_call* call, uint32_t n);
int32_t host_closure(hg_call* call, double* loss);

// gemm.cpp, threads.cpp: computing
int32_t host_gemm(hg_call* call, const hg_gemm* g);
int32_t host_parallel_for(hg_call* call, int64_t n, int64_t grain, hg_body body, void* user);

// registry.cpp: adding
int32_t host_add(const hg_host* host, const char* kind, const void* descriptor);
void staging_fail(const char* message);
void host_log(const hg_host* host, int32_t level, const char* message);
const void* host_query(const hg_host* host, const char* id);

}  // namespace hg
