#include "tensor/dtype.hpp"

#include <cmath>
#include <string>

#include "tensor/error.hpp"

namespace hg {

// float -> half. A half's smallest normal number is 2^-14; below it the fraction is
// shifted right until the exponent fits, and what falls off decides the rounding.
Half::Half(float value) {
  uint32_t u = std::bit_cast<uint32_t>(value);
  uint32_t sign = (u >> 16) & 0x8000u, magnitude = u & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {  // NaN
    bits = uint16_t(sign | 0x7e00u);
  } else if (magnitude >= 0x477ff000u) {  // 65520 and more round to infinity
    bits = uint16_t(sign | 0x7c00u);
  } else if (magnitude >= 0x38800000u) {  // normal: drop 13 bits, rebias 127 -> 15
    uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
    bits = uint16_t(sign | ((rounded - 0x38000000u) >> 13));
  } else {  // subnormal: the value in units of 2^-24, rounded to even
    float units = std::bit_cast<float>(magnitude) * 16777216.0f;
    bits = uint16_t(sign | uint32_t(std::nearbyint(units)));
  }
}

Half::operator float() const {
  uint32_t sign = uint32_t(bits & 0x8000u) << 16, magnitude = bits & 0x7fffu;
  if (magnitude >= 0x7c00u) {  // infinity or NaN
    return std::bit_cast<float>(sign | 0x7f800000u | ((magnitude & 0x3ffu) << 13));
  }
  if (magnitude >= 0x400u) return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000u));
  float units = float(magnitude) / 16777216.0f;  // exact
  return sign ? -units : units;
}

DType dtype_from_name(std::string_view text) {
  for (int t = 0; t < dtype_count; ++t) {
    if (text == dtype_infos[t].name) return DType(t);
  }
  struct Alias { std::string_view name; DType type; };
  static constexpr Alias aliases[] = {
      {"float32", f32}, {"float", f32}, {"float64", f64}, {"double", f64},
      {"int64", i64},   {"long", i64},  {"int32", i32},   {"int", i32},
      {"int16", i16},   {"short", i16}, {"int8", i8},     {"uint8", u8},
      {"float16", f16}, {"half", f16},  {"bfloat16", bf16}};
  for (const Alias& alias : aliases) {
    if (text == alias.name) return alias.type;
  }
  throw Error("dtype", "there is no element type '" + std::string(text) + "'",
              "the types are f32 f64 i64 i32 i16 i8 u8 bool f16 bf16");
}

DType dtype_from_code(uint8_t code, uint8_t bits) {
  for (int t = 0; t < dtype_count; ++t) {
    if (code == dtype_infos[t].code && bits == dtype_infos[t].bits) return DType(t);
  }
  throw Error("dtype", "no element type has code " + std::to_string(code) + " and " +
                           std::to_string(bits) + " bits");
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  const DTypeInfo &x = info(a), &y = info(b);
  if (x.kind != y.kind) return x.kind > y.kind ? a : b;
  if (x.kind == 2 && x.bits == 16 && y.bits == 16) return f32;
  if (x.kind == 1 && (a == u8 || b == u8)) {
    DType other = a == u8 ? b : a;
    return other == i8 ? i16 : other;
  }
  return x.bits > y.bits ? a : b;
}

}  // namespace hg
