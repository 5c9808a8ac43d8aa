// The layout of the ABI's version 1.0, as it was shipped: every size and every offset.
//
// These numbers are history and never change. A compiler that lays a struct out otherwise
// stops here, and so does an edit of handgrad_abi.h that moves a field. Fields added later
// get a line at the end of their struct, and the struct's v1_0 size stays what it is: it is
// the least that the registry accepts.
#pragma once

#include "handgrad_abi.h"

namespace hg::abi {

#define HG_AT(type, field, offset) \
  static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")

static_assert(sizeof(hg_tensor) == 48, "hg_tensor is frozen");
HG_AT(hg_tensor, data, 0);
HG_AT(hg_tensor, dev_type, 8);
HG_AT(hg_tensor, dev_id, 12);
HG_AT(hg_tensor, ndim, 16);
HG_AT(hg_tensor, code, 20);
HG_AT(hg_tensor, bits, 21);
HG_AT(hg_tensor, lanes, 22);
HG_AT(hg_tensor, shape, 24);
HG_AT(hg_tensor, strides, 32);
HG_AT(hg_tensor, byte_offset, 40);

static_assert(sizeof(hg_value) == 16, "hg_value is frozen");
HG_AT(hg_value, kind, 0);
HG_AT(hg_value, count, 4);
HG_AT(hg_value, u, 8);

constexpr uint32_t attr_v1_0 = 80;
static_assert(sizeof(hg_attr) >= attr_v1_0);
HG_AT(hg_attr, size, 0);
HG_AT(hg_attr, kind, 4);
HG_AT(hg_attr, name, 8);
HG_AT(hg_attr, doc, 16);
HG_AT(hg_attr, choices, 24);
HG_AT(hg_attr, dflt, 32);
HG_AT(hg_attr, lo, 48);
HG_AT(hg_attr, hi, 64);

constexpr uint32_t call_v1_0 = 120;
static_assert(sizeof(hg_call) >= call_v1_0);
HG_AT(hg_call, size, 0);
HG_AT(hg_call, phase, 4);
HG_AT(hg_call, host, 8);
HG_AT(hg_call, core, 16);
HG_AT(hg_call, n_in, 24);
HG_AT(hg_call, n_out, 28);
HG_AT(hg_call, n_saved, 32);
HG_AT(hg_call, n_attr, 36);
HG_AT(hg_call, in, 40);
HG_AT(hg_call, out, 48);
HG_AT(hg_call, saved, 56);
HG_AT(hg_call, dout, 64);
HG_AT(hg_call, din, 72);
HG_AT(hg_call, din_add, 80);
HG_AT(hg_call, attr, 88);
HG_AT(hg_call, stream, 96);
HG_AT(hg_call, seed, 104);
HG_AT(hg_call, step, 112);

constexpr uint32_t param_v1_0 = 24;
static_assert(sizeof(hg_param) >= param_v1_0);
HG_AT(hg_param, size, 0);
HG_AT(hg_param, flags, 4);
HG_AT(hg_param, name, 8);
HG_AT(hg_param, doc, 16);

constexpr uint32_t sample_v1_0 = 24;
static_assert(sizeof(hg_sample) >= sample_v1_0);
HG_AT(hg_sample, size, 0);
HG_AT(hg_sample, reserved, 4);
HG_AT(hg_sample, inputs, 8);
HG_AT(hg_sample, attrs, 16);

constexpr uint32_t op_v1_0 = 144;
static_assert(sizeof(hg_op) >= op_v1_0);
HG_AT(hg_op, size, 0);
HG_AT(hg_op, flags, 4);
HG_AT(hg_op, name, 8);
HG_AT(hg_op, doc, 16);
HG_AT(hg_op, formula, 24);
HG_AT(hg_op, n_in, 32);
HG_AT(hg_op, n_out, 36);
HG_AT(hg_op, n_attr, 40);
HG_AT(hg_op, n_sample, 44);
HG_AT(hg_op, in, 48);
HG_AT(hg_op, out, 56);
HG_AT(hg_op, attrs, 64);
HG_AT(hg_op, samples, 72);
HG_AT(hg_op, nondiff_in, 80);
HG_AT(hg_op, nondiff_out, 88);
HG_AT(hg_op, writes, 96);
HG_AT(hg_op, promote_in, 104);
HG_AT(hg_op, promotion, 112);
HG_AT(hg_op, autocast, 116);
HG_AT(hg_op, body, 120);
HG_AT(hg_op, self, 128);
HG_AT(hg_op, infer, 136);

constexpr uint32_t kernel_v1_0 = 112;
static_assert(sizeof(hg_kernel) >= kernel_v1_0);
HG_AT(hg_kernel, size, 0);
HG_AT(hg_kernel, flags, 4);
HG_AT(hg_kernel, op, 8);
HG_AT(hg_kernel, device, 16);
HG_AT(hg_kernel, dtypes, 24);
HG_AT(hg_kernel, priority, 32);
HG_AT(hg_kernel, n_in, 36);
HG_AT(hg_kernel, n_attr, 40);
HG_AT(hg_kernel, reserved, 44);
HG_AT(hg_kernel, keep_in, 48);
HG_AT(hg_kernel, keep_out, 56);
HG_AT(hg_kernel, pass_dout, 64);
HG_AT(hg_kernel, may_alias, 72);
HG_AT(hg_kernel, self, 80);
HG_AT(hg_kernel, plan, 88);
HG_AT(hg_kernel, forward, 96);
HG_AT(hg_kernel, backward, 104);

constexpr uint32_t slot_v1_0 = 48;
static_assert(sizeof(hg_slot) >= slot_v1_0);
HG_AT(hg_slot, size, 0);
HG_AT(hg_slot, flags, 4);
HG_AT(hg_slot, name, 8);
HG_AT(hg_slot, dtype, 16);
HG_AT(hg_slot, initial, 24);
HG_AT(hg_slot, when, 32);
HG_AT(hg_slot, rows, 40);

constexpr uint32_t optimizer_v1_0 = 80;
static_assert(sizeof(hg_optimizer) >= optimizer_v1_0);
HG_AT(hg_optimizer, size, 0);
HG_AT(hg_optimizer, flags, 4);
HG_AT(hg_optimizer, name, 8);
HG_AT(hg_optimizer, doc, 16);
HG_AT(hg_optimizer, formula, 24);
HG_AT(hg_optimizer, update_op, 32);
HG_AT(hg_optimizer, n_hyper, 40);
HG_AT(hg_optimizer, n_slot, 44);
HG_AT(hg_optimizer, hyper, 48);
HG_AT(hg_optimizer, slots, 56);
HG_AT(hg_optimizer, self, 64);
HG_AT(hg_optimizer, step_all, 72);

constexpr uint32_t cell_state_v1_0 = 32;
static_assert(sizeof(hg_cell_state) >= cell_state_v1_0);
HG_AT(hg_cell_state, size, 0);
HG_AT(hg_cell_state, flags, 4);
HG_AT(hg_cell_state, name, 8);
HG_AT(hg_cell_state, a_hidden, 16);
HG_AT(hg_cell_state, c_proj, 24);

constexpr uint32_t cell_param_v1_0 = 72;
static_assert(sizeof(hg_cell_param) >= cell_param_v1_0);
HG_AT(hg_cell_param, size, 0);
HG_AT(hg_cell_param, flags, 4);
HG_AT(hg_cell_param, name, 8);
HG_AT(hg_cell_param, init, 16);
HG_AT(hg_cell_param, row_hidden, 24);
HG_AT(hg_cell_param, row_input, 32);
HG_AT(hg_cell_param, row_proj, 40);
HG_AT(hg_cell_param, col_hidden, 48);
HG_AT(hg_cell_param, col_input, 56);
HG_AT(hg_cell_param, col_proj, 64);

constexpr uint32_t cell_v1_0 = 88;
static_assert(sizeof(hg_cell) >= cell_v1_0);
HG_AT(hg_cell, size, 0);
HG_AT(hg_cell, flags, 4);
HG_AT(hg_cell, name, 8);
HG_AT(hg_cell, doc, 16);
HG_AT(hg_cell, formula, 24);
HG_AT(hg_cell, step_op, 32);
HG_AT(hg_cell, sequence_op, 40);
HG_AT(hg_cell, n_state, 48);
HG_AT(hg_cell, n_param, 52);
HG_AT(hg_cell, n_attr, 56);
HG_AT(hg_cell, output, 60);
HG_AT(hg_cell, states, 64);
HG_AT(hg_cell, params, 72);
HG_AT(hg_cell, attrs, 80);

constexpr uint32_t device_v1_0 = 144;
static_assert(sizeof(hg_device) >= device_v1_0);
HG_AT(hg_device, size, 0);
HG_AT(hg_device, flags, 4);
HG_AT(hg_device, name, 8);
HG_AT(hg_device, dev_type, 16);
HG_AT(hg_device, reserved, 20);
HG_AT(hg_device, self, 24);
HG_AT(hg_device, probe, 32);
HG_AT(hg_device, alloc, 40);
HG_AT(hg_device, release, 48);
HG_AT(hg_device, record_stream, 56);
HG_AT(hg_device, copy, 64);
HG_AT(hg_device, fill, 72);
HG_AT(hg_device, stream_new, 80);
HG_AT(hg_device, stream_free, 88);
HG_AT(hg_device, stream_sync, 96);
HG_AT(hg_device, event_new, 104);
HG_AT(hg_device, event_record, 112);
HG_AT(hg_device, event_wait, 120);
HG_AT(hg_device, event_free, 128);
HG_AT(hg_device, mem_info, 136);

constexpr uint32_t collective_v1_0 = 128;
static_assert(sizeof(hg_collective) >= collective_v1_0);
HG_AT(hg_collective, size, 0);
HG_AT(hg_collective, flags, 4);
HG_AT(hg_collective, name, 8);
HG_AT(hg_collective, device, 16);
HG_AT(hg_collective, self, 24);
HG_AT(hg_collective, init, 32);
HG_AT(hg_collective, all_reduce, 40);
HG_AT(hg_collective, broadcast, 48);
HG_AT(hg_collective, all_gather, 56);
HG_AT(hg_collective, reduce_scatter, 64);
HG_AT(hg_collective, send, 72);
HG_AT(hg_collective, recv, 80);
HG_AT(hg_collective, barrier, 88);
HG_AT(hg_collective, test, 96);
HG_AT(hg_collective, wait, 104);
HG_AT(hg_collective, abort, 112);
HG_AT(hg_collective, destroy, 120);

constexpr uint32_t gemm_v1_0 = 128;
static_assert(sizeof(hg_gemm) >= gemm_v1_0);
HG_AT(hg_gemm, size, 0);
HG_AT(hg_gemm, code, 4);
HG_AT(hg_gemm, bits, 5);
HG_AT(hg_gemm, trans_a, 6);
HG_AT(hg_gemm, trans_b, 7);
HG_AT(hg_gemm, m, 8);
HG_AT(hg_gemm, n, 16);
HG_AT(hg_gemm, k, 24);
HG_AT(hg_gemm, lda, 32);
HG_AT(hg_gemm, ldb, 40);
HG_AT(hg_gemm, ldc, 48);
HG_AT(hg_gemm, batch, 56);
HG_AT(hg_gemm, step_a, 64);
HG_AT(hg_gemm, step_b, 72);
HG_AT(hg_gemm, step_c, 80);
HG_AT(hg_gemm, a, 88);
HG_AT(hg_gemm, b, 96);
HG_AT(hg_gemm, c, 104);
HG_AT(hg_gemm, alpha, 112);
HG_AT(hg_gemm, beta, 120);

constexpr uint32_t host_v1_0 = 96;
static_assert(sizeof(hg_host) >= host_v1_0);
HG_AT(hg_host, size, 0);
HG_AT(hg_host, major, 4);
HG_AT(hg_host, minor, 6);
HG_AT(hg_host, core, 8);
HG_AT(hg_host, add, 16);
HG_AT(hg_host, fail, 24);
HG_AT(hg_host, log, 32);
HG_AT(hg_host, query, 40);
HG_AT(hg_host, scratch, 48);
HG_AT(hg_host, save, 56);
HG_AT(hg_host, resize_out, 64);
HG_AT(hg_host, gemm, 72);
HG_AT(hg_host, parallel_for, 80);
HG_AT(hg_host, closure, 88);

constexpr uint32_t plugin_v1_0 = 32;
static_assert(sizeof(hg_plugin) >= plugin_v1_0);
HG_AT(hg_plugin, size, 0);
HG_AT(hg_plugin, needs_minor, 4);
HG_AT(hg_plugin, built_minor, 6);
HG_AT(hg_plugin, name, 8);
HG_AT(hg_plugin, version, 16);
HG_AT(hg_plugin, doc, 24);

#undef HG_AT

}  // namespace hg::abi
