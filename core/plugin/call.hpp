// call.hpp: what a plugin's callbacks see. Failing with a message, element types, and Call,
// the view of one hg_call. Part of handgrad_plugin.hpp, which plugins include.
#pragma once

#include <exception>
#include <new>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

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
  template <class T>
  const T* in(uint32_t i) const {
    return static_cast<const T*>(c->in[i].data);
  }
  template <class T> T* out(uint32_t i) const { return static_cast<T*>(c->out[i].data); }
  /// An input that the operator `writes`.
  template <class T> T* inout(uint32_t i) const { return static_cast<T*>(c->in[i].data); }
  template <class T>
  T* saved(uint32_t i) const {
    return static_cast<T*>(c->saved[i].data);
  }
  template <class T>
  const T* dout(uint32_t i) const {
    return static_cast<const T*>(c->dout[i].data);
  }
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
    require(sizes.size() <= HG_MAX_RANK, "a result with ", sizes.size(),
            " axes; 8 is the most");
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
  /// Calls body(begin, end) for parts of [0,n), on several threads if there are; or
  /// body(begin, end, worker), where no two bodies that run at once have the same worker.
  /// A throw in the body ends the callback.
  template <class Body>
  void parallel(int64_t n, int64_t grain, const Body& body) const {
    auto thunk = [](int64_t begin, int64_t end, int32_t worker, void* user) -> int32_t {
      auto* p = static_cast<Parallel<Body>*>(user);
      return guarded(p->c, [&] {
        if constexpr (std::is_invocable_v<const Body&, int64_t, int64_t, int32_t>)
          (*p->body)(begin, end, worker);
        else
          (*p->body)(begin, end);
      });
    };
    Parallel<Body> p{c, &body};
    check(c->host->parallel_for(c, n, grain, thunk, &p));
  }
  /// C = alpha op(A) op(B) + beta C, row-major (see hg_gemm).
  template <class T>
  void gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, double alpha,
            const T* a, int64_t lda, const T* b, int64_t ldb, double beta, T* out,
            int64_t ldc, int64_t batch = 1, int64_t step_a = 0, int64_t step_b = 0,
            int64_t step_c = 0) const {
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

}  // namespace hg::plugin
