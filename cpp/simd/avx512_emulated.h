// Avx512Vector without AVX-512, so that the native tests run those kernels' loops, tails and masks on any
// CPU: the compiler splits its vectors into what the CPU has. Only the intrinsics of avx512.h need the real
// one.
#pragma once

#include <cstring>

#include "simd/bf16.h"

namespace rooftile {
namespace {  // internal linkage, as in avx512.h

struct Avx512Vector {
  using Vec = float __attribute__((vector_size(64)));
  static constexpr int kLanes = 16;
  static Vec zero() { return Vec{}; }
  static Vec broadcast(const float* p) { return Vec{} + *p; }
  static Vec load(const float* p) { return load_first(p, kLanes); }
  static Vec load(const Bf16* p) {
    Vec v{};
    for (int i = 0; i < kLanes; ++i) v[i] = to_float(p[i]);
    return v;
  }
  static Vec load_even(const Bf16* p) {
    Vec v{};
    for (int i = 0; i < kLanes; ++i) v[i] = to_float(p[2 * i]);
    return v;
  }
  static Vec load_odd(const Bf16* p) { return load_even(p + 1); }
  static Vec load(const std::int8_t* p) {
    Vec v{};
    for (int i = 0; i < kLanes; ++i) v[i] = static_cast<float>(p[i]);
    return v;
  }
  static Vec in_register(Vec v) { return v; }
  static Vec load_first(const float* p, int count) {
    Vec v{};
    std::memcpy(&v, p, bytes(count));
    return v;
  }
  static void store(float* p, Vec v) { store_first(p, kLanes, v); }
  static void store_first(float* p, int count, Vec v) { std::memcpy(p, &v, bytes(count)); }
  static Vec keep_first(Vec v, int count) {
    Vec kept{};
    std::memcpy(&kept, &v, bytes(count));
    return kept;
  }
  static Vec mul(Vec a, Vec b) { return a * b; }
  static Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
  static Vec add(Vec a, Vec b) { return a + b; }
  static Vec sub(Vec a, Vec b) { return a - b; }
  static Vec div(Vec a, Vec b) { return a / b; }
  static Vec min(Vec a, Vec b) { return a < b ? a : b; }
  static Vec max(Vec a, Vec b) { return a > b ? a : b; }
  static Vec max_or_nan(Vec a, Vec b) { return a != a ? a : max(a, b); }
  static Vec sqrt(Vec v) {
    for (int i = 0; i < kLanes; ++i) v[i] = __builtin_sqrtf(v[i]);
    return v;
  }
  static Vec set(float value) { return value - Vec{}; }  // −0 stays −0
  static Vec copy_sign(Vec magnitude, Vec sign) {
    const Bits bit = bits(set(-0.0f));
    return reals((bits(magnitude) & ~bit) | (bits(sign) & bit));
  }
  static Vec where_negative(Vec v, Vec a, Vec b) { return bits(v) < 0 ? a : b; }
  static Vec exponent_from(Vec v) { return reals(bits(v) << 23); }

 private:
  using Bits = int __attribute__((vector_size(64)));
  static Bits bits(Vec v) { return reinterpret_cast<Bits>(v); }
  static Vec reals(Bits b) { return reinterpret_cast<Vec>(b); }
  static std::size_t bytes(int count) {
    return sizeof(float) * static_cast<std::size_t>(count < 0 ? 0 : count < kLanes ? count : kLanes);
  }
};

}  // namespace
}  // namespace rooftile
