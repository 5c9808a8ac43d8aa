/* handgrad_abi.h: the contract between handgrad and its plugins, version 1.
 *
 * A plugin is a shared library that adds operators, kernels, recurrent cells, optimizers,
 * devices or collectives. (Of these the core 0.1 uses operators, kernels and optimizers;
 * the rest it checks and lists.) It includes this header (C99 or later, or C++), links nothing
 * from the core, and exports one function whose name carries the major version:
 *
 *     int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me);
 *
 * There it fills in `me` and calls host->add(host, kind, descriptor) for each thing it
 * brings. If the function returns 0, everything added takes effect; otherwise nothing does.
 * plugins/hello is a complete plugin on one screen. C++ authors may prefer
 * handgrad_plugin.hpp, which writes these structs for them.
 *
 * The one idea. An operator has one definition and any number of kernels.
 *   hg_op      says what the operator is: inputs, attributes, shape rule, formula.
 *   hg_kernel  is one way to compute it, forward and backward, on one device.
 *
 * Four rules hold for every struct but hg_tensor and hg_value, which never change:
 *   1. It starts with `size`, set to sizeof by whoever fills it.
 *   2. Within major version 1 it grows at the tail only. A field exists if and only if it
 *      lies within `size`; zero means the older behaviour.
 *   3. Arrays of structs that may grow are arrays of pointers.
 *   4. Flag bits that the receiver does not know are refused, never ignored.
 * Descriptors, and everything they point to, live until the process exits. Strings are
 * UTF-8 and end in 0. A count and its array may both be zero.
 *
 * Callbacks return HG_OK or one of the codes below, after host->fail(call, code, message).
 * No exception may leave a callback. Unless a comment says otherwise, a callback may run
 * on several threads at once, each with an hg_call of its own.
 */
#ifndef HANDGRAD_ABI_H
#define HANDGRAD_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HG_ABI_MAJOR 1
#define HG_ABI_MINOR 0
#define HG_MAX_RANK 8 /* dimensions of a tensor: 0 (one number) to 8 */

#if defined(__GNUC__)
#define HG_EXPORT __attribute__((visibility("default")))
#else
#define HG_EXPORT
#endif

enum hg_status {
  HG_OK = 0,
  HG_E_INVALID = 1,     /* an argument breaks a rule: shape, range, attribute */
  HG_E_DTYPE = 2,       /* this element type is not supported */
  HG_E_MEMORY = 3,      /* an allocation failed */
  HG_E_DEVICE = 4,      /* the device or its driver failed */
  HG_E_INTERNAL = 5,    /* a bug: "cannot happen" happened */
  HG_E_TIMEOUT = 6,     /* a collective waited too long */
  HG_DECLINE = 100      /* from plan() only: not for me, ask the next kernel */
};

/* ------------------------------------------------------------------ tensors */

/* Element types are DLPack's pairs of (code, bits); `lanes` is always 1. */
enum hg_type_code { HG_INT_CODE = 0, HG_UINT_CODE = 1, HG_FLOAT_CODE = 2,
                    HG_BFLOAT_CODE = 4, HG_BOOL_CODE = 6 };

enum hg_device_type { HG_CPU = 1, HG_CUDA = 2, HG_CUDA_HOST = 3, HG_EXT_DEV = 12 };

/* A tensor as a plugin sees it: DLPack's DLTensor, field for field, frozen for ever.
 * The element with index (i0, i1, ...) lies at
 *
 *     (char*)data + byte_offset + (i0*strides[0] + i1*strides[1] + ...) * bits/8
 *
 * Strides count elements and are never NULL. byte_offset is always 0 but in VIEW outputs.
 *   ndim == -1                     an optional input that was not given
 *   data == NULL, shape valid      not kept for backward, or a gradient nobody wants
 *   a size of 0 in the shape       no elements; data is still not NULL
 * The core owns all tensors. A plugin never allocates or frees one. */
typedef struct hg_tensor {
  void *data;
  int32_t dev_type, dev_id;
  int32_t ndim;
  uint8_t code, bits;
  uint16_t lanes;
  int64_t *shape, *strides;
  uint64_t byte_offset;
} hg_tensor;

/* --------------------------------------------------------------- attributes */

enum hg_kind { HG_NONE = 0, HG_BOOL = 1, HG_INT = 2, HG_FLOAT = 3, HG_STRING = 4,
               HG_INTS = 5, HG_FLOATS = 6 };

/* The value of an attribute; frozen for ever. `count` is the length of a list or string. */
typedef struct hg_value {
  int32_t kind, count;
  union {
    int64_t i;         /* HG_INT, and HG_BOOL as 0 or 1 */
    double f;          /* HG_FLOAT */
    const char *s;     /* HG_STRING */
    const int64_t *iv; /* HG_INTS */
    const double *fv;  /* HG_FLOATS */
  } u;
} hg_value;

/* The declaration of an attribute. Values reach callbacks as an array in declared order,
 * already converted to `kind` and checked against [lo, hi], so that a callback indexes and
 * never looks up a name. A default of kind HG_NONE makes the attribute optional (the value
 * then arrives as HG_NONE). A missing bound is HG_NONE; bounds of a list hold for each
 * element; strings have no bounds but `choices`, a list "mean|sum|none". */
typedef struct hg_attr {
  uint32_t size, kind;
  const char *name, *doc, *choices;
  hg_value dflt, lo, hi;
} hg_attr;

/* ------------------------------------------------------------- one call */

enum hg_phase { HG_INFER = 0, HG_PLAN = 1, HG_FORWARD = 2, HG_BACKWARD = 3, HG_STEP = 4 };

typedef struct hg_host hg_host;

/* What a callback works on. Made by the core, valid until the callback returns.
 *
 * INFER     read in[] (dtypes already promoted, strides as the caller has them) and
 *           attr[]; write ndim, shape, code, bits of out[], and for VIEW operators strides
 *           and byte_offset. out[i].shape and .strides have room for HG_MAX_RANK numbers.
 * PLAN      out[] is known; declare saved[] by host->save; may return HG_DECLINE.
 * FORWARD   read in[], write all of out[] and saved[].
 * BACKWARD  read dout[] and whatever keep_in, keep_out and saved[] hold; write din[i], the
 *           gradient with respect to input i, wherever din[i].data is not NULL. din_add[i]
 *           is 1 if din[i] holds numbers to add to, 0 if it must be overwritten (it starts
 *           as garbage); it is 1 only for kernels with HG_ACCUMULATES.
 * STEP      as FORWARD, for an optimizer.
 *
 * in[], dout[] are contiguous in row-major order unless the kernel has HG_STRIDED_OK;
 * out[], saved[], din[] always are. `seed` is the same in forward and backward. */
typedef struct hg_call {
  uint32_t size, phase;
  const hg_host *host;
  void *core; /* the core's own state; not for plugins */
  uint32_t n_in, n_out, n_saved, n_attr;
  const hg_tensor *in;
  hg_tensor *out, *saved;
  const hg_tensor *dout;
  hg_tensor *din;
  const uint8_t *din_add;
  const hg_value *attr;
  void *stream;  /* a device's stream; NULL on the CPU */
  uint64_t seed; /* of RANDOM operators: element i is drawn by hg_philox(seed, i) */
  uint64_t step; /* of optimizers: 1, 2, 3, ... */
} hg_call;

/* --------------------------------------------------- op/1: what an operator is */

enum hg_param_flags { HG_OPTIONAL = 1u << 0, HG_VARIADIC = 1u << 1 /* the last one only */ };

/* An input or output: its name (the formula's letter or PyTorch's word) and a doc line. */
typedef struct hg_param {
  uint32_t size, flags;
  const char *name, *doc;
} hg_param;

/* One set of sample arguments, from which `handgrad plugin check` makes its tests.
 * `inputs` is a list like "normal[3,4] index(4)[3] none": for each input a generator, its
 * shape, and optionally ":dtype" (an index defaults to :i64, bool to :bool). Generators:
 *   normal, uniform (0..1), positive (0.5..2), distinct (shuffled, well apart), index(n),
 *   simplex (last axis sums to 1), spd (symmetric positive definite), bool, none (absent)
 * `attrs` is a JSON object, or NULL for all defaults. */
typedef struct hg_sample {
  uint32_t size, reserved;
  const char *inputs, *attrs;
} hg_sample;

enum hg_op_flags {
  HG_NO_GRAD = 1u << 0,  /* not differentiable: argmax, comparisons, optimizer steps */
  HG_VIEW = 1u << 1,     /* output 0 shares input 0's memory; no kernel runs */
  HG_COMPOSED = 1u << 2, /* `body` says how; kernels are optional */
  HG_RANDOM = 1u << 3    /* reads call->seed */
};

/* How the inputs in promote_in reach a common element type, by PyTorch's rules. */
enum hg_promotion {
  HG_PROMOTE_NONE = 0,  /* they are passed as they are */
  HG_PROMOTE_ALL = 1,   /* to their common type: i32 and f32 meet in f32 */
  HG_PROMOTE_FLOAT = 2  /* the same, and whole numbers become f32: exp, division */
};

/* What automatic mixed precision may do with the inputs (reserved for it). */
enum hg_autocast { HG_CAST_KEEP = 0, HG_CAST_LOW = 1, HG_CAST_F32 = 2, HG_CAST_WIDEST = 3 };

typedef struct hg_op {
  uint32_t size, flags;
  const char *name;    /* "vendor.name"; the vendor is the plugin's name */
  const char *doc;     /* one line */
  const char *formula; /* plain text */
  uint32_t n_in, n_out, n_attr, n_sample;
  const hg_param *const *in;
  const hg_param *const *out;
  const hg_attr *const *attrs;
  const hg_sample *const *samples;
  uint64_t nondiff_in;  /* bit i: input i has no gradient (indices, targets) */
  uint64_t nondiff_out; /* bit i: output i carries none (argmax's partner) */
  uint64_t writes;      /* bit i: input i is updated in place (statistics, parameters) */
  uint64_t promote_in;  /* bit i: input i takes part in the promotion */
  uint32_t promotion, autocast;
  const char *body;     /* of COMPOSED operators: lines "name = op(args; attr=value)" */
  void *self;
  int32_t (*infer)(const struct hg_op *, hg_call *);
} hg_op;

/* -------------------------------------------- kernel/1: one way to compute it */

enum hg_kernel_flags {
  HG_STRIDED_OK = 1u << 0,       /* takes in[] and dout[] with any strides */
  HG_SERIAL = 1u << 1,           /* must not run twice at once: the core locks */
  HG_NONDETERMINISTIC = 1u << 2, /* repeats may differ in the last bits */
  HG_ACCUMULATES = 1u << 3,      /* understands din_add */
  HG_NULL_DOUT_OK = 1u << 4,     /* takes dout[i].data == NULL for "all zeros" */
  HG_KEEP_CROSSWISE = 1u << 5    /* din[i] is computed without in[i], as in a product: in[i]
                                    is kept only if another input wants a gradient */
};

/* The key that picks a kernel is the element type of the first floating input, else of
 * input 0, else of output 0. Among kernels for it the highest priority wins (the core's
 * reference kernels have 0); a `plan` may decline, and then the next one is asked. */
typedef struct hg_kernel {
  uint32_t size, flags;
  const char *op, *device, *dtypes; /* "core.softmax", "cpu", "f32,f64" */
  int32_t priority;
  uint32_t n_in, n_attr;  /* how many of each it knows; skipped if a later one is set */
  uint32_t reserved;
  uint64_t keep_in;       /* bit i: backward reads in[i] */
  uint64_t keep_out;      /* bit i: backward reads out[i] */
  uint64_t pass_dout;     /* bit i: din[i] is dout[0] itself where shapes agree */
  uint64_t may_alias;     /* bit i: out[0] may lie in in[i]'s memory */
  void *self;
  int32_t (*plan)(const struct hg_kernel *, hg_call *); /* optional */
  int32_t (*forward)(const struct hg_kernel *, hg_call *);
  int32_t (*backward)(const struct hg_kernel *, hg_call *); /* NULL only for HG_NO_GRAD */
} hg_kernel;

/* ------------------------------------------------------ optimizer/1 */

enum hg_slot_flags {
  HG_SLOT_SCALAR = 1u << 0, /* one number, not the parameter's shape */
  HG_SLOT_SHARED = 1u << 1  /* of step_all: one for all parameters together, a vector with
                               as many elements as they have (or one number) */
};

/* A piece of state kept per parameter, owned and checkpointed by the core. */
typedef struct hg_slot {
  uint32_t size, flags;
  const char *name, *dtype; /* dtype NULL: the parameter's (if shared, the first one's) */
  double initial;
  const char *when;         /* NULL, or the hyper-parameter that must be nonzero for it */
  const char *rows;         /* NULL, or the whole-number hyper-parameter that says how many
                               of these there are: a leading axis */
} hg_slot;

/* Names an update operator (HG_NO_GRAD) with inputs (param, grad, slot...), of which param
 * and slots are in `writes`. The operator's attributes are the hyper-parameters (n_hyper may
 * be 0 then; if not, the tables must agree). A slot that is switched off by `when` arrives
 * as an absent input. call->step counts from 1.
 * Or, instead of update_op, `step_all`: in[] holds all parameters, dout[] their gradients,
 * saved[] the slots (slot j of parameter i at i*n_slot + j; shared ones are given with
 * parameter 0 and absent with the others), and host->closure may be called to evaluate the
 * loss again: then dout[] holds the new gradients. */
typedef struct hg_optimizer {
  uint32_t size, flags;
  const char *name, *doc, *formula, *update_op;
  uint32_t n_hyper, n_slot;
  const hg_attr *const *hyper;
  const hg_slot *const *slots;
  void *self;
  int32_t (*step_all)(const struct hg_optimizer *, hg_call *);
} hg_optimizer;

/* ------------------------------------------------------------ cell/1 */

/* A state of a recurrent cell: its width is a*hidden + c*proj. */
typedef struct hg_cell_state {
  uint32_t size, flags;
  const char *name;
  int64_t a_hidden, c_proj;
} hg_cell_state;

/* A parameter of a cell, with rows = a*hidden + b*input + c*proj, and columns likewise
 * (all zero: a vector). `init` is "uniform" (+-1/sqrt(hidden)), "zeros" or "ones". */
typedef struct hg_cell_param {
  uint32_t size, flags;
  const char *name, *init;
  int64_t row_hidden, row_input, row_proj, col_hidden, col_input, col_proj;
} hg_cell_param;

/* `step_op` has inputs (x[B,I], states..., params...) and outputs (states...);
 * `sequence_op`, optional, (x[T,B,I], lengths[B] or absent, states..., params...) ->
 * (y[T,B,H], states...). State `output` is what a layer passes on. */
typedef struct hg_cell {
  uint32_t size, flags;
  const char *name, *doc, *formula, *step_op, *sequence_op;
  uint32_t n_state, n_param, n_attr, output;
  const hg_cell_state *const *states;
  const hg_cell_param *const *params;
  const hg_attr *const *attrs;
} hg_cell;

/* ---------------------------------------------------------- device/1 */

enum hg_copy_kind { HG_HOST_TO_DEVICE = 0, HG_DEVICE_TO_HOST = 1, HG_DEVICE_TO_DEVICE = 2 };

/* A place with memory of its own. Everything is ordered by streams; an error of
 * asynchronous work surfaces at the next sync. All functions but mem_info are required. */
typedef struct hg_device {
  uint32_t size, flags;
  const char *name;  /* "cuda" */
  int32_t dev_type;  /* DLPack's number, or HG_EXT_DEV + n */
  int32_t reserved;
  void *self;
  /* the number of devices; 0 with the reason why there is none */
  int32_t (*probe)(const struct hg_device *, int32_t *count, char *reason, uint64_t room);
  int32_t (*alloc)(const struct hg_device *, int32_t id, uint64_t bytes, void *stream,
                   void **out);
  int32_t (*release)(const struct hg_device *, int32_t id, void *data, void *stream);
  int32_t (*record_stream)(const struct hg_device *, int32_t id, void *data, void *stream);
  int32_t (*copy)(const struct hg_device *, int32_t id, void *dst, const void *src,
                  uint64_t bytes, int32_t kind, void *stream);
  int32_t (*fill)(const struct hg_device *, int32_t id, void *dst, uint8_t byte,
                  uint64_t bytes, void *stream);
  int32_t (*stream_new)(const struct hg_device *, int32_t id, void **stream);
  int32_t (*stream_free)(const struct hg_device *, int32_t id, void *stream);
  int32_t (*stream_sync)(const struct hg_device *, int32_t id, void *stream);
  int32_t (*event_new)(const struct hg_device *, int32_t id, void **event);
  int32_t (*event_record)(const struct hg_device *, int32_t id, void *event, void *stream);
  int32_t (*event_wait)(const struct hg_device *, int32_t id, void *event, void *stream);
  int32_t (*event_free)(const struct hg_device *, int32_t id, void *event);
  int32_t (*mem_info)(const struct hg_device *, int32_t id, uint64_t *free_bytes,
                      uint64_t *total_bytes);
} hg_device;

/* ------------------------------------------------------ collective/1 */

enum hg_reduction { HG_SUM = 0, HG_PROD = 1, HG_MIN = 2, HG_MAX = 3, HG_AVG = 4 };

typedef int32_t (*hg_kv_get)(void *kv, const char *key, void *value, uint64_t *bytes);
typedef int32_t (*hg_kv_put)(void *kv, const char *key, const void *value, uint64_t bytes);

/* Communication among `world` ranks. Each operation starts and returns a handle; test
 * tells whether it is done, wait blocks up to `seconds` (HG_E_TIMEOUT) and frees it. */
typedef struct hg_collective {
  uint32_t size, flags;
  const char *name, *device;
  void *self;
  int32_t (*init)(const struct hg_collective *, int32_t rank, int32_t world, hg_kv_get,
                  hg_kv_put, void *kv, void **comm);
  int32_t (*all_reduce)(void *comm, hg_tensor *data, int32_t reduction, void *stream,
                        void **handle);
  int32_t (*broadcast)(void *comm, hg_tensor *data, int32_t root, void *stream,
                       void **handle);
  int32_t (*all_gather)(void *comm, const hg_tensor *part, hg_tensor *whole, void *stream,
                        void **handle);
  int32_t (*reduce_scatter)(void *comm, const hg_tensor *whole, hg_tensor *part,
                            int32_t reduction, void *stream, void **handle);
  int32_t (*send)(void *comm, const hg_tensor *data, int32_t to, void *stream,
                  void **handle);
  int32_t (*recv)(void *comm, hg_tensor *data, int32_t from, void *stream, void **handle);
  int32_t (*barrier)(void *comm, void *stream, void **handle);
  int32_t (*test)(void *comm, void *handle, int32_t *done);
  int32_t (*wait)(void *comm, void *handle, double seconds);
  int32_t (*abort)(void *comm);
  int32_t (*destroy)(void *comm);
} hg_collective;

/* ------------------------------------------------------------- the host */

/* c = alpha * op(a) op(b) + beta * c, row-major, `batch` times: op(a) is (m,k), op(b) is
 * (k,n), c is (m,n). ld* is the distance of two rows in memory, step_* that of two
 * matrices, both in elements. All have the element type (code, bits). */
typedef struct hg_gemm {
  uint32_t size;
  uint8_t code, bits, trans_a, trans_b;
  int64_t m, n, k, lda, ldb, ldc;
  int64_t batch, step_a, step_b, step_c;
  const void *a, *b;
  void *c;
  double alpha, beta;
} hg_gemm;

enum hg_log_level { HG_DEBUG = 0, HG_INFO = 1, HG_WARNING = 2 };

/* The body of a parallel loop: do iterations begin <= i < end. `worker` counts from 0 and
 * no two bodies that run at once have the same one. */
typedef int32_t (*hg_body)(int64_t begin, int64_t end, int32_t worker, void *user);

/* What the core offers. Tags say when a function may be called:
 * [load] inside the entry function; [call] inside a callback, on its thread; [any]. */
struct hg_host {
  uint32_t size;
  uint16_t major, minor;
  void *core;
  /* [load] stages a descriptor; kind is "op/1", "kernel/1", "optimizer/1", "cell/1",
   * "device/1" or "collective/1". Nonzero if it is refused; keep going, so that every
   * problem gets listed, and return 0: the core knows. */
  int32_t (*add)(const hg_host *, const char *kind, const void *descriptor);
  /* [call] copies the message, returns `code`. In the entry function: call is NULL. */
  int32_t (*fail)(hg_call *, int32_t code, const char *message);
  /* [any] */
  void (*log)(const hg_host *, int32_t level, const char *message);
  /* [any] an extension of the host by name, or NULL */
  const void *(*query)(const hg_host *, const char *id);
  /* [call] memory on the call's device, 64-byte aligned, until the callback returns */
  void *(*scratch)(hg_call *, uint64_t bytes);
  /* [call, plan phase] saved[i] shall have this shape and type (data is ignored) */
  int32_t (*save)(hg_call *, uint32_t i, const hg_tensor *like);
  /* [call, infer phase] room for n outputs, of operators whose last one is variadic */
  int32_t (*resize_out)(hg_call *, uint32_t n);
  /* [call, any worker] the core's matrix product */
  int32_t (*gemm)(hg_call *, const hg_gemm *);
  /* [call, any worker] splits [0,n) into runs of at least `grain`; nested calls run
   * inline; returns the first failure. The only threads a CPU kernel may use. */
  int32_t (*parallel_for)(hg_call *, int64_t n, int64_t grain, hg_body body, void *user);
  /* [call, STEP of step_all] evaluates the loss and fresh gradients */
  int32_t (*closure)(hg_call *, double *loss);
};

/* What a plugin says of itself. needs_minor is the oldest minor it works with. */
typedef struct hg_plugin {
  uint32_t size;
  uint16_t needs_minor, built_minor;
  const char *name, *version, *doc;
} hg_plugin;

typedef int32_t (*hg_entry)(const hg_host *, hg_plugin *);

/* ------------------------------------------------------- small conveniences */

static inline int64_t hg_numel(const hg_tensor *t) {
  int64_t n = 1;
  for (int32_t d = 0; d < t->ndim; ++d) n *= t->shape[d];
  return n;
}

/* In infer: output `to` gets the shape and element type of `from`. */
static inline void hg_like(hg_tensor *to, const hg_tensor *from) {
  to->ndim = from->ndim;
  to->code = from->code;
  to->bits = from->bits;
  to->lanes = 1;
  for (int32_t d = 0; d < from->ndim; ++d) to->shape[d] = from->shape[d];
}

static inline int32_t hg_fail(hg_call *c, int32_t code, const char *message) {
  return c->host->fail(c, code, message);
}

/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3,
 * SC 2011): ten rounds of multiply-and-mix turn a 128-bit counter and a 64-bit key into
 * 128 random bits. No state: number i of a stream can be drawn by any thread on any
 * device, so all of them agree. */
static inline void hg_philox_block(uint64_t seed, uint64_t counter, uint32_t out[4]) {
  uint32_t c0 = (uint32_t)counter, c1 = (uint32_t)(counter >> 32), c2 = 0, c3 = 0;
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0; out[1] = c1; out[2] = c2; out[3] = c3;
}

/* 32-bit word i of the stream `seed`: block i/4, word i%4. */
static inline uint32_t hg_philox(uint64_t seed, uint64_t i) {
  uint32_t block[4];
  hg_philox_block(seed, i >> 2, block);
  return block[i & 3];
}

#ifdef __cplusplus
}  /* extern "C" */
#endif

#endif
