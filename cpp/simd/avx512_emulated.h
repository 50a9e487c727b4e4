// Avx512Vector without AVX-512, so that the native tests run those kernels' loops, tails and masks on any
// CPU: the compiler splits its vectors into what the CPU has. Only the intrinsics of avx512.h need the real
// one.
#pragma once

#include <cstring>

namespace rooftile {
namespace {  // internal linkage, as in avx512.h

struct Avx512Vector {
  using Vec = float __attribute__((vector_size(64)));
  static constexpr int kLanes = 16;
  static Vec zero() { return Vec{}; }
  static Vec broadcast(const float* p) { return Vec{} + *p; }
  static Vec load(const float* p) { return load_first(p, kLanes); }
  static Vec load_first(const float* p, int count) {
    Vec v{};
    std::memcpy(&v, p, bytes(count));
    return v;
  }
  static void store(float* p, Vec v) { store_first(p, kLanes, v); }
  static void store_first(float* p, int count, Vec v) { std::memcpy(p, &v, bytes(count)); }
  static Vec mul(Vec a, Vec b) { return a * b; }
  static Vec max(Vec a, Vec b) { return a > b ? a : b; }
  static Vec min(Vec a, Vec b) { return a < b ? a : b; }
  static Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }

 private:
  static std::size_t bytes(int count) {
    return sizeof(float) * static_cast<std::size_t>(count < 0 ? 0 : count < kLanes ? count : kLanes);
  }
};

}  // namespace
}  // namespace rooftile
