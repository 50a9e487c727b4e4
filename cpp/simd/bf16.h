// The upper half of an fp32, as an element of its own.
#pragma once

#include <cstdint>

namespace rooftile {

struct Bf16 {
  std::uint16_t bits;
};

namespace {  // internal linkage: per-ISA objects use these too

inline float to_float(Bf16 x) {
  return __builtin_bit_cast(float, static_cast<std::uint32_t>(x.bits) << 16);
}

/** Rounded to the nearest, ties to even; NaN stays NaN. */
inline Bf16 to_bf16(float x) {
  const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, x);
  const std::uint32_t rounded = bits + 0x7fff + (bits >> 16 & 1);
  const bool nan = (bits & 0x7fffffff) > 0x7f800000;
  return {static_cast<std::uint16_t>((nan ? bits | 0x400000 : rounded) >> 16)};
}

}  // namespace
}  // namespace rooftile
