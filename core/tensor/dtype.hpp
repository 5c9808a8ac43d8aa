// Element types: their names, sizes, C++ types, and how two of them meet.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "handgrad_abi.h"

namespace hg {

/// The element type of a tensor. f32 is the default for numbers with a fraction, i64 for
/// whole ones. f16 and bf16 are stored and converted; an operator computes in them only
/// where a kernel for them exists.
enum class DType : uint8_t { f32, f64, i64, i32, i16, i8, u8, bool_, f16, bf16 };

using enum DType;

constexpr int dtype_count = 10;

/// IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. Converts by way of float,
/// rounding to nearest, ties to even.
struct Half {
  uint16_t bits = 0;
  Half() = default;
  explicit Half(float value);
  operator float() const;
};

/// The upper half of a float: 1 sign, 8 exponent, 7 fraction bits.
struct BFloat16 {
  uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value) {
    uint32_t u = std::bit_cast<uint32_t>(value);
    if ((u & 0x7fffffffu) > 0x7f800000u) {
      bits = uint16_t((u >> 16) | 0x40u);  // stay a NaN when the low bits go
    } else {
      bits = uint16_t((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
    }
  }
  operator float() const { return std::bit_cast<float>(uint32_t(bits) << 16); }
};

struct DTypeInfo {
  const char* name;
  uint8_t code, bits;  // DLPack's pair
  uint8_t bytes;
  uint8_t kind;        // 0 bool, 1 whole number, 2 floating point
};

inline constexpr DTypeInfo dtype_infos[dtype_count] = {
    {"f32", HG_FLOAT_CODE, 32, 4, 2}, {"f64", HG_FLOAT_CODE, 64, 8, 2},
    {"i64", HG_INT_CODE, 64, 8, 1},   {"i32", HG_INT_CODE, 32, 4, 1},
    {"i16", HG_INT_CODE, 16, 2, 1},   {"i8", HG_INT_CODE, 8, 1, 1},
    {"u8", HG_UINT_CODE, 8, 1, 1},    {"bool", HG_BOOL_CODE, 8, 1, 0},
    {"f16", HG_FLOAT_CODE, 16, 2, 2}, {"bf16", HG_BFLOAT_CODE, 16, 2, 2}};

constexpr const DTypeInfo& info(DType t) { return dtype_infos[size_t(t)]; }
constexpr const char* name(DType t) { return info(t).name; }
constexpr size_t size_of(DType t) { return info(t).bytes; }
constexpr bool is_floating(DType t) { return info(t).kind == 2; }
constexpr bool is_integral(DType t) { return info(t).kind == 1; }

/// The type called `name` ("f32", "bool", also PyTorch's "float32", "long", ...).
/// Throws if there is none.
DType dtype_from_name(std::string_view name);

/// The type with DLPack's code and bits; throws if handgrad has none such.
DType dtype_from_code(uint8_t code, uint8_t bits);

inline bool is_floating(const hg_tensor& t) {
  return t.code == HG_FLOAT_CODE || t.code == HG_BFLOAT_CODE;
}

/// The type both fit in, by PyTorch's table: the larger within a kind, the higher kind
/// (bool < whole < floating) across kinds; u8 with a signed type needs the next larger
/// signed one, f16 with bf16 needs f32.
DType promote(DType a, DType b);

/// The C++ type of an element type, and back.
template <class T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return f32;
  else if constexpr (std::is_same_v<T, double>) return f64;
  else if constexpr (std::is_same_v<T, bool>) return bool_;
  else if constexpr (std::is_same_v<T, Half>) return f16;
  else if constexpr (std::is_same_v<T, BFloat16>) return bf16;
  else {
    static_assert(std::is_integral_v<T>, "handgrad has no such element type");
    if constexpr (std::is_same_v<T, uint8_t>) return u8;
    else {
      static_assert(std::is_signed_v<T>, "the only unsigned type is uint8_t");
      if constexpr (sizeof(T) == 8) return i64;
      else if constexpr (sizeof(T) == 4) return i32;
      else if constexpr (sizeof(T) == 2) return i16;
      else return i8;
    }
  }
}

/// Calls f.template operator()<T>() with the C++ type of `t`:
///     visit(x.dtype(), [&]<class T>() { ... });
template <class F>
decltype(auto) visit(DType t, F&& f) {
  switch (t) {
    case f32: return f.template operator()<float>();
    case f64: return f.template operator()<double>();
    case i64: return f.template operator()<int64_t>();
    case i32: return f.template operator()<int32_t>();
    case i16: return f.template operator()<int16_t>();
    case i8: return f.template operator()<int8_t>();
    case u8: return f.template operator()<uint8_t>();
    case f16: return f.template operator()<Half>();
    case bf16: return f.template operator()<BFloat16>();
    case bool_: break;
  }
  return f.template operator()<bool>();
}

}  // namespace hg
