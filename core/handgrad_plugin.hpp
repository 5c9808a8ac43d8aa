// handgrad_plugin.hpp: writing plugins in C++20.
//
// A thin dress over handgrad_abi.h: the structs are filled in by builders, exceptions are
// caught before they reach the core, and a kernel is a struct with functions:
//
//     struct Swish {                                  // y = x / (1 + exp(-x))
//       static void infer(Call& c) { c.like(0, c.in(0)); }
//       template <class T> static void forward(Call& c) { ... c.in<T>(0) ... c.out<T>(0) }
//       template <class T> static void backward(Call& c) { ... c.dout<T>(0) ... c.din<T>(0) }
//     };
//
//     HANDGRAD_PLUGIN("acme", "1.0", "an activation") {
//       plugin.op<Swish>("acme.swish").doc("x times its own sigmoid")
//           .formula("y = x / (1 + exp(-x))").in("input").out("output").sample("normal[3,4]");
//       plugin.kernel<Swish, float, double>("acme.swish").keep_in({0});
//     }
//
// Header only; includes the ABI and the standard library, and links nothing.
#pragma once

#include <concepts>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <new>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "handgrad_abi.h"

namespace hg::plugin {

// ---- failing ----------------------------------------------------------------------------

/// Thrown by kernels; becomes the status and message of the callback.
struct Failure : std::exception {
  int32_t code;
  std::string message;
  Failure(int32_t code, std::string message) : code(code), message(std::move(message)) {}
  const char* what() const noexcept override { return message.c_str(); }
};

/// All arguments, printed one after the other.
template <class... Ts>
std::string text(const Ts&... parts) {
  std::ostringstream out;
  out.precision(9);
  (out << ... << parts);
  return out.str();
}

/// "(2,3)" in a message: shape_text(t). Spelled out only when the message is.
struct ShapeText {
  const hg_tensor& t;
  friend std::ostream& operator<<(std::ostream& out, const ShapeText& s) {
    out << "(";
    for (int d = 0; d < s.t.ndim; ++d) out << (d ? "," : "") << s.t.shape[d];
    return out << ")";
  }
};
inline ShapeText shape_text(const hg_tensor& t) { return {t}; }

/// Ends the callback with an error unless `rule` holds. Say what is wrong, with values.
template <class... Ts>
void require(bool rule, const Ts&... problem) {
  if (!rule) throw Failure(HG_E_INVALID, text(problem...));
}

// ---- element types ----------------------------------------------------------------------

template <class T>
struct TypeName;  // specialise it to use a type of your own as a key
template <> struct TypeName<float> { static constexpr const char* value = "f32"; };
template <> struct TypeName<double> { static constexpr const char* value = "f64"; };
template <> struct TypeName<int64_t> { static constexpr const char* value = "i64"; };
template <> struct TypeName<int32_t> { static constexpr const char* value = "i32"; };
template <> struct TypeName<int16_t> { static constexpr const char* value = "i16"; };
template <> struct TypeName<int8_t> { static constexpr const char* value = "i8"; };
template <> struct TypeName<uint8_t> { static constexpr const char* value = "u8"; };
template <> struct TypeName<bool> { static constexpr const char* value = "bool"; };

/// "f32" for a tensor of float; "?" for what handgrad does not know.
inline const char* type_text(const hg_tensor& t) {
  switch (t.code * 256 + t.bits) {
    case HG_FLOAT_CODE * 256 + 32: return "f32";
    case HG_FLOAT_CODE * 256 + 64: return "f64";
    case HG_FLOAT_CODE * 256 + 16: return "f16";
    case HG_BFLOAT_CODE * 256 + 16: return "bf16";
    case HG_INT_CODE * 256 + 64: return "i64";
    case HG_INT_CODE * 256 + 32: return "i32";
    case HG_INT_CODE * 256 + 16: return "i16";
    case HG_INT_CODE * 256 + 8: return "i8";
    case HG_UINT_CODE * 256 + 8: return "u8";
    case HG_BOOL_CODE * 256 + 8: return "bool";
    default: return "?";
  }
}

// ---- one call ---------------------------------------------------------------------------

/// The value of an attribute.
class Attr {
 public:
  explicit Attr(const hg_value& v) : v_(v) {}
  bool given() const { return v_.kind != HG_NONE; }
  bool flag() const { return v_.u.i != 0; }
  int64_t integer() const { return v_.u.i; }
  double number() const { return v_.kind == HG_FLOAT ? v_.u.f : double(v_.u.i); }
  std::string_view string() const { return {v_.u.s, size_t(v_.count)}; }
  std::span<const int64_t> integers() const { return {v_.u.iv, size_t(v_.count)}; }
  std::span<const double> numbers() const { return {v_.u.fv, size_t(v_.count)}; }

 private:
  const hg_value& v_;
};

/// What a callback reads and writes: a view of hg_call.
class Call {
 public:
  explicit Call(hg_call* c) : c(c) {}
  hg_call* const c;

  // descriptors
  uint32_t n_in() const { return c->n_in; }
  uint32_t n_out() const { return c->n_out; }
  const hg_tensor& in(uint32_t i) const { return c->in[i]; }
  hg_tensor& out(uint32_t i) const { return c->out[i]; }
  const hg_tensor& saved(uint32_t i) const { return c->saved[i]; }
  const hg_tensor& dout(uint32_t i) const { return c->dout[i]; }
  const hg_tensor& din(uint32_t i) const { return c->din[i]; }
  bool given(uint32_t i) const { return i < c->n_in && c->in[i].ndim >= 0; }

  // elements; null where there are none (see hg_call)
  template <class T> const T* in(uint32_t i) const { return static_cast<const T*>(c->in[i].data); }
  template <class T> T* out(uint32_t i) const { return static_cast<T*>(c->out[i].data); }
  /// An input that the operator `writes`.
  template <class T> T* inout(uint32_t i) const { return static_cast<T*>(c->in[i].data); }
  template <class T> T* saved(uint32_t i) const { return static_cast<T*>(c->saved[i].data); }
  template <class T> const T* dout(uint32_t i) const { return static_cast<const T*>(c->dout[i].data); }
  template <class T> T* din(uint32_t i) const { return static_cast<T*>(c->din[i].data); }
  /// Does anybody want the gradient of input i?
  bool wants(uint32_t i) const { return c->din[i].data != nullptr; }
  bool adds(uint32_t i) const { return c->din_add[i] != 0; }

  Attr attr(uint32_t k) const { return Attr(c->attr[k]); }
  uint64_t seed() const { return c->seed; }
  uint64_t step() const { return c->step; }
  /// Evaluates the loss and its gradients again (optimizers with step_all).
  double closure() const {
    double loss = 0;
    check(c->host->closure(c, &loss));
    return loss;
  }

  // infer
  /// Output i gets the shape and element type of `t`.
  void like(uint32_t i, const hg_tensor& t) const { hg_like(&c->out[i], &t); }
  /// Output i gets this shape, and the element type of `type_of`.
  void shape(uint32_t i, std::span<const int64_t> sizes, const hg_tensor& type_of) const {
    require(sizes.size() <= HG_MAX_RANK, "a result with ", sizes.size(), " axes; 8 is the most");
    hg_tensor& t = c->out[i];
    t.ndim = int32_t(sizes.size());
    for (size_t d = 0; d < sizes.size(); ++d) t.shape[d] = sizes[d];
    t.code = type_of.code;
    t.bits = type_of.bits;
    t.lanes = 1;
  }
  void set_type(uint32_t i, uint8_t code, uint8_t bits) const {
    c->out[i].code = code;
    c->out[i].bits = bits;
    c->out[i].lanes = 1;
  }
  /// Attribute k as an axis of `t`, counted from the front.
  int axis(uint32_t k, const hg_tensor& t) const { return wrap(attr(k).integer(), t.ndim); }
  static int wrap(int64_t axis, int rank) {
    int64_t limit = rank > 0 ? rank : 1;
    require(axis >= -limit && axis < limit, "axis ", axis, " of a tensor with ", rank,
            " axes: it must be from ", -limit, " to ", limit - 1);
    return int(axis < 0 ? axis + limit : axis);
  }
  void resize_out(uint32_t n) const { check(c->host->resize_out(c, n)); }

  // plan
  void save(uint32_t i, const hg_tensor& like) const { check(c->host->save(c, i, &like)); }

  // forward, backward
  /// `count` elements of T, uninitialised, until the callback returns.
  template <class T>
  T* scratch(int64_t count) const {
    void* p = c->host->scratch(c, uint64_t(count) * sizeof(T));
    if (!p) throw Failure(HG_E_MEMORY, "no scratch memory");
    return static_cast<T*>(p);
  }
  /// Calls body(begin, end) for parts of [0,n), on several threads if there are. A throw in
  /// the body ends the callback.
  template <class Body>
  void parallel(int64_t n, int64_t grain, const Body& body) const {
    auto thunk = [](int64_t begin, int64_t end, int32_t, void* user) -> int32_t {
      auto* p = static_cast<Parallel<Body>*>(user);
      return guarded(p->c, [&] { (*p->body)(begin, end); });
    };
    Parallel<Body> p{c, &body};
    check(c->host->parallel_for(c, n, grain, thunk, &p));
  }
  /// C = alpha op(A) op(B) + beta C, row-major (see hg_gemm).
  template <class T>
  void gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, double alpha, const T* a,
            int64_t lda, const T* b, int64_t ldb, double beta, T* out, int64_t ldc,
            int64_t batch = 1, int64_t step_a = 0, int64_t step_b = 0, int64_t step_c = 0) const {
    constexpr uint8_t code = std::is_floating_point_v<T> ? HG_FLOAT_CODE
                             : std::is_unsigned_v<T>     ? HG_UINT_CODE
                                                         : HG_INT_CODE;
    hg_gemm g{sizeof(hg_gemm), code, uint8_t(8 * sizeof(T)), trans_a, trans_b, m, n, k, lda,
              ldb, ldc, batch, step_a, step_b, step_c, a, b, out, alpha, beta};
    check(c->host->gemm(c, &g));
  }

  /// Runs f; turns what it throws into a status and a message.
  template <class F>
  static int32_t guarded(hg_call* c, const F& f) noexcept {
    try {
      f();
      return HG_OK;
    } catch (const Failure& e) {
      return e.message.empty() ? e.code : c->host->fail(c, e.code, e.message.c_str());
    } catch (const std::bad_alloc&) {
      return c->host->fail(c, HG_E_MEMORY, "out of memory");
    } catch (const std::exception& e) {
      return c->host->fail(c, HG_E_INTERNAL, e.what());
    } catch (...) {
      return c->host->fail(c, HG_E_INTERNAL, "an exception of unknown type");
    }
  }
  /// Throws on a status that is not HG_OK; the message was already given to the host.
  static void check(int32_t status) {
    if (status != HG_OK) throw Failure(status, {});
  }

 private:
  template <class Body>
  struct Parallel {
    hg_call* c;
    const Body* body;
  };
};

// ---- describing -------------------------------------------------------------------------

/// Attribute values for declarations: given(1.5), given("mean"), none.
struct Default : hg_value {
  Default() : hg_value{HG_NONE, 0, {0}} {}
  Default(bool b) : hg_value{HG_BOOL, 0, {b ? 1 : 0}} {}
  template <std::integral T>
  Default(T i) : hg_value{HG_INT, 0, {int64_t(i)}} {}
  template <std::floating_point T>
  Default(T f) : hg_value{HG_FLOAT, 0, {}} { u.f = double(f); }
  Default(const char* s) : hg_value{HG_STRING, int32_t(std::strlen(s)), {}} { u.s = s; }
  Default(std::initializer_list<int64_t> list) : hg_value{HG_INTS, int32_t(list.size()), {}} {
    auto* copy = new int64_t[list.size() + 1];  // descriptors live until exit
    std::copy(list.begin(), list.end(), copy);
    u.iv = copy;
  }
  template <std::floating_point T>
  Default(std::initializer_list<T> list) : hg_value{HG_FLOATS, int32_t(list.size()), {}} {
    auto* copy = new double[list.size() + 1];
    std::copy(list.begin(), list.end(), copy);
    u.fv = copy;
  }
};

/// Fills an hg_op. Every function returns *this, so that a description reads as a list.
class OpBuilder {
 public:
  OpBuilder(const char* name, int32_t (*infer)(const hg_op*, hg_call*)) {
    op_.size = sizeof op_;
    op_.name = name;
    op_.infer = infer;
  }
  OpBuilder& doc(const char* line) { op_.doc = line; return *this; }
  OpBuilder& formula(const char* text) { op_.formula = text; return *this; }
  OpBuilder& in(const char* name, const char* doc = "") { return input(name, doc, 0); }
  OpBuilder& optional_in(const char* name, const char* doc = "") { return input(name, doc, HG_OPTIONAL); }
  OpBuilder& variadic_in(const char* name, const char* doc = "") { return input(name, doc, HG_VARIADIC); }
  /// A variadic input of which any member may be left out (indices).
  OpBuilder& variadic_optional_in(const char* name, const char* doc = "") {
    return input(name, doc, HG_VARIADIC | HG_OPTIONAL);
  }
  OpBuilder& out(const char* name, const char* doc = "") { return output(name, doc, 0); }
  OpBuilder& variadic_out(const char* name, const char* doc = "") { return output(name, doc, HG_VARIADIC); }
  /// An attribute of kind HG_INT, ...; the default HG_NONE makes it optional.
  OpBuilder& attr(const char* name, uint32_t kind, Default dflt, const char* doc = "",
                  Default lo = {}, Default hi = {}) {
    attrs_.push_back(new hg_attr{sizeof(hg_attr), kind, name, doc, nullptr, dflt, lo, hi});
    return *this;
  }
  /// A string that must be one of "a|b|c".
  OpBuilder& choice(const char* name, const char* dflt, const char* choices, const char* doc = "") {
    attrs_.push_back(new hg_attr{sizeof(hg_attr), HG_STRING, name, doc, choices, Default(dflt), Default(), Default()});
    return *this;
  }
  /// Sample arguments for the checker, see hg_sample.
  OpBuilder& sample(const char* inputs, const char* attrs = nullptr) {
    samples_.push_back(new hg_sample{sizeof(hg_sample), 0, inputs, attrs});
    return *this;
  }
  OpBuilder& nondiff_in(std::initializer_list<int> list) { op_.nondiff_in |= bits(list); return *this; }
  OpBuilder& nondiff_out(std::initializer_list<int> list) { op_.nondiff_out |= bits(list); return *this; }
  OpBuilder& writes(std::initializer_list<int> list) { op_.writes |= bits(list); return *this; }
  /// These inputs meet in a common type (HG_PROMOTE_ALL or HG_PROMOTE_FLOAT).
  OpBuilder& promote(hg_promotion rule, std::initializer_list<int> list) {
    op_.promotion = rule;
    op_.promote_in = bits(list);
    return *this;
  }
  OpBuilder& flags(uint32_t f) { op_.flags |= f; return *this; }
  OpBuilder& body(const char* text) { op_.body = text; op_.flags |= HG_COMPOSED; return *this; }

  static uint64_t bits(std::initializer_list<int> list) {
    uint64_t mask = 0;
    for (int i : list) mask |= uint64_t(1) << i;
    return mask;
  }
  const hg_op* finish() {
    op_.n_in = uint32_t(in_.size());
    op_.in = in_.data();
    op_.n_out = uint32_t(out_.size());
    op_.out = out_.data();
    op_.n_attr = uint32_t(attrs_.size());
    op_.attrs = attrs_.data();
    op_.n_sample = uint32_t(samples_.size());
    op_.samples = samples_.data();
    return &op_;
  }

 private:
  OpBuilder& input(const char* name, const char* doc, uint32_t flags) {
    in_.push_back(new hg_param{sizeof(hg_param), flags, name, doc});
    return *this;
  }
  OpBuilder& output(const char* name, const char* doc, uint32_t flags) {
    out_.push_back(new hg_param{sizeof(hg_param), flags, name, doc});
    return *this;
  }
  hg_op op_{};
  std::vector<const hg_param*> in_, out_;
  std::vector<const hg_attr*> attrs_;
  std::vector<const hg_sample*> samples_;
};

/// Fills the hg_kernels of one operator, one for each element type.
class KernelBuilder {
 public:
  explicit KernelBuilder(std::vector<hg_kernel*> kernels) : kernels_(std::move(kernels)) {}
  /// Backward reads these inputs, these outputs.
  KernelBuilder& keep_in(std::initializer_list<int> list) {
    for (hg_kernel* k : kernels_) k->keep_in = OpBuilder::bits(list);
    return *this;
  }
  KernelBuilder& keep_out(std::initializer_list<int> list) {
    for (hg_kernel* k : kernels_) k->keep_out = OpBuilder::bits(list);
    return *this;
  }
  KernelBuilder& pass_dout(std::initializer_list<int> list) {
    for (hg_kernel* k : kernels_) k->pass_dout = OpBuilder::bits(list);
    return *this;
  }
  KernelBuilder& may_alias(std::initializer_list<int> list) {
    for (hg_kernel* k : kernels_) k->may_alias = OpBuilder::bits(list);
    return *this;
  }
  KernelBuilder& priority(int32_t p) {
    for (hg_kernel* k : kernels_) k->priority = p;
    return *this;
  }
  KernelBuilder& device(const char* name) {
    for (hg_kernel* k : kernels_) k->device = name;
    return *this;
  }
  KernelBuilder& flags(uint32_t f) {
    for (hg_kernel* k : kernels_) k->flags |= f;
    return *this;
  }
  /// How many inputs and attributes it knows, if not all of today's.
  KernelBuilder& knows(uint32_t n_in, uint32_t n_attr) {
    for (hg_kernel* k : kernels_) { k->n_in = n_in; k->n_attr = n_attr; }
    return *this;
  }

 private:
  std::vector<hg_kernel*> kernels_;
};

/// Fills an hg_optimizer.
class OptimizerBuilder {
 public:
  explicit OptimizerBuilder(const char* name) {
    desc_.size = sizeof desc_;
    desc_.name = name;
  }
  OptimizerBuilder& doc(const char* line) { desc_.doc = line; return *this; }
  OptimizerBuilder& formula(const char* text) { desc_.formula = text; return *this; }
  OptimizerBuilder& update_op(const char* name) { desc_.update_op = name; return *this; }
  OptimizerBuilder& hyper(const char* name, uint32_t kind, Default dflt, const char* doc = "",
                          Default lo = {}, Default hi = {}) {
    hyper_.push_back(new hg_attr{sizeof(hg_attr), kind, name, doc, nullptr, dflt, lo, hi});
    return *this;
  }
  /// A string that must be one of "a|b|c".
  OptimizerBuilder& choice(const char* name, const char* dflt, const char* choices, const char* doc = "") {
    hyper_.push_back(new hg_attr{sizeof(hg_attr), HG_STRING, name, doc, choices, Default(dflt), Default(), Default()});
    return *this;
  }
  /// State of the parameter's shape; kept only if hyper-parameter `when` (if any) is nonzero.
  OptimizerBuilder& slot(const char* name, const char* when = nullptr, double initial = 0,
                         uint32_t flags = 0) {
    return slot(hg_slot{sizeof(hg_slot), flags, name, nullptr, initial, when, nullptr});
  }
  /// One number for each parameter, in double precision whatever the parameter has.
  OptimizerBuilder& scalar_slot(const char* name, double initial = 0, uint32_t flags = 0) {
    return slot(hg_slot{sizeof(hg_slot), flags | HG_SLOT_SCALAR, name, "f64", initial, nullptr, nullptr});
  }
  OptimizerBuilder& slot(const hg_slot& s) {
    slots_.push_back(new hg_slot(s));
    return *this;
  }
  OptimizerBuilder& step_all(int32_t (*f)(const hg_optimizer*, hg_call*)) { desc_.step_all = f; return *this; }
  const hg_optimizer* finish() {
    desc_.n_hyper = uint32_t(hyper_.size());
    desc_.hyper = hyper_.data();
    desc_.n_slot = uint32_t(slots_.size());
    desc_.slots = slots_.data();
    return &desc_;
  }

 private:
  hg_optimizer desc_{};
  std::vector<const hg_attr*> hyper_;
  std::vector<const hg_slot*> slots_;
};

/// What a plugin brings, described in its entry function and handed over at the end.
class Plugin {
 public:
  /// An operator; K::infer(Call&) is its shape rule.
  template <class K>
  OpBuilder& op(const char* name) {
    auto infer = [](const hg_op*, hg_call* c) -> int32_t {
      return Call::guarded(c, [&] { Call call(c); K::infer(call); });
    };
    ops_.push_back(new OpBuilder(name, infer));
    return *ops_.back();
  }
  /// Kernels for element types Ts: K::forward<T>, K::backward<T> (not for HG_NO_GRAD
  /// operators), K::plan<T> if there is one.
  template <class K, class... Ts>
  KernelBuilder kernel(const char* op) {
    std::vector<hg_kernel*> made;
    (made.push_back(make_kernel<K, Ts>(op)), ...);
    kernels_.insert(kernels_.end(), made.begin(), made.end());
    return KernelBuilder(made);
  }
  OptimizerBuilder& optimizer(const char* name) {
    optimizers_.push_back(new OptimizerBuilder(name));
    return *optimizers_.back();
  }
  /// Anything else, by its kind: add("cell/1", &cell).
  void add(const char* kind, const void* descriptor) { others_.push_back({kind, descriptor}); }

  void hand_over(const hg_host* host) {
    for (OpBuilder* b : ops_) host->add(host, "op/1", b->finish());
    for (hg_kernel* k : kernels_) host->add(host, "kernel/1", k);
    for (OptimizerBuilder* b : optimizers_) host->add(host, "optimizer/1", b->finish());
    for (auto& [kind, desc] : others_) host->add(host, kind, desc);
  }

 private:
  template <class K, class T>
  static hg_kernel* make_kernel(const char* op) {
    auto* k = new hg_kernel{};
    k->size = sizeof *k;
    k->op = op;
    k->device = "cpu";
    k->dtypes = TypeName<T>::value;
    k->n_in = k->n_attr = 64;
    k->forward = [](const hg_kernel*, hg_call* c) -> int32_t {
      return Call::guarded(c, [&] { Call call(c); K::template forward<T>(call); });
    };
    if constexpr (requires(Call& call) { K::template backward<T>(call); }) {
      k->backward = [](const hg_kernel*, hg_call* c) -> int32_t {
        return Call::guarded(c, [&] { Call call(c); K::template backward<T>(call); });
      };
    }
    if constexpr (requires(Call& call) { K::template plan<T>(call); }) {
      k->plan = [](const hg_kernel*, hg_call* c) -> int32_t {
        return Call::guarded(c, [&] { Call call(c); K::template plan<T>(call); });
      };
    }
    return k;
  }
  std::vector<OpBuilder*> ops_;
  std::vector<hg_kernel*> kernels_;
  std::vector<OptimizerBuilder*> optimizers_;
  std::vector<std::pair<const char*, const void*>> others_;
};

/// What HANDGRAD_PLUGIN's entry function does.
inline int32_t enter(const hg_host* host, hg_plugin* me, const char* name, const char* version,
                     const char* doc, void (*describe)(Plugin&)) noexcept {
  me->name = name;
  me->version = version;
  me->doc = doc;
  me->built_minor = HG_ABI_MINOR;
  me->needs_minor = 0;
  try {
    Plugin plugin;  // its builders, and with them the descriptors, live until exit
    describe(plugin);
    plugin.hand_over(host);
    return HG_OK;
  } catch (const std::exception& e) {
    return host->fail(nullptr, HG_E_INTERNAL, e.what());
  } catch (...) {
    return host->fail(nullptr, HG_E_INTERNAL, "an exception of unknown type");
  }
}

}  // namespace hg::plugin

/// Defines the entry function; what follows in braces describes `plugin`.
#define HANDGRAD_PLUGIN(name, version, doc)                                               \
  static void handgrad_describe(hg::plugin::Plugin& plugin);                              \
  extern "C" HG_EXPORT int32_t handgrad_plugin_v1(const hg_host* host, hg_plugin* me) {   \
    return hg::plugin::enter(host, me, name, version, doc, handgrad_describe);            \
  }                                                                                       \
  static void handgrad_describe(hg::plugin::Plugin& plugin)
