// The vector operations in plain C++: one lane. The oracle of the other two, and the fallback on any CPU.
#pragma once

#include "simd/bf16.h"

namespace rooftile {
namespace {  // internal linkage: each per-ISA object keeps its own copy

struct ScalarVector {
  using Vec = float;
  static constexpr int kLanes = 1;
  static Vec zero() { return 0.0f; }
  static Vec broadcast(const float* p) { return *p; }
  static Vec load(const float* p) { return *p; }
  static Vec load(const Bf16* p) { return to_float(*p); }
  /** Of two such numbers the one at the even place, and the one at the odd. */
  static Vec load_even(const Bf16* p) { return to_float(p[0]); }
  static Vec load_odd(const Bf16* p) { return to_float(p[1]); }
  static Vec load(const std::int8_t* p) { return static_cast<float>(*p); }
  /** The first `count` lanes; the others are 0 and their memory isn't touched. */
  static Vec load_first(const float* p, int count) { return count > 0 ? *p : 0.0f; }
  static void store(float* p, Vec v) { *p = v; }
  static void store_first(float* p, int count, Vec v) {
    if (count > 0) *p = v;
  }
  static Vec keep_first(Vec v, int count) { return count > 0 ? v : 0.0f; }
  static Vec mul(Vec a, Vec b) { return a * b; }
  /** a * b + c, rounded twice: baseline CPUs have no fused form. */
  static Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
  static Vec add(Vec a, Vec b) { return a + b; }
  static Vec sub(Vec a, Vec b) { return a - b; }
  static Vec div(Vec a, Vec b) { return a / b; }
  /** b if either is NaN, as the CPU has it: put what may be NaN second and it stays. */
  static Vec min(Vec a, Vec b) { return a < b ? a : b; }
  static Vec max(Vec a, Vec b) { return a > b ? a : b; }
  /** NaN if either is. */
  static Vec max_or_nan(Vec a, Vec b) { return a != a || a > b ? a : b; }
  static Vec sqrt(Vec v) { return __builtin_sqrtf(v); }
  static Vec set(float value) { return value; }
  static Vec copy_sign(Vec magnitude, Vec sign) { return __builtin_copysignf(magnitude, sign); }
  /** a where the sign bit of v is set, else b. */
  static Vec where_negative(Vec v, Vec a, Vec b) { return __builtin_signbit(v) ? a : b; }
  /** The low bits of v become the exponent: 2^(k − 127) where v = 1.5 · 2^23 + k, for k in 0..255. */
  static Vec exponent_from(Vec v) { return __builtin_bit_cast(float, __builtin_bit_cast(unsigned, v) << 23); }
};

}  // namespace
}  // namespace rooftile
