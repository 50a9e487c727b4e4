// The vector operations in plain C++: one lane. The oracle of the other two, and the fallback on any CPU.
#pragma once

namespace rooftile {
namespace {  // internal linkage: each per-ISA object keeps its own copy

struct ScalarVector {
  using Vec = float;
  static constexpr int kLanes = 1;
  static Vec zero() { return 0.0f; }
  static Vec broadcast(const float* p) { return *p; }
  static Vec load(const float* p) { return *p; }
  /** The first `count` lanes; the others are 0 and their memory isn't touched. */
  static Vec load_first(const float* p, int count) { return count > 0 ? *p : 0.0f; }
  static void store(float* p, Vec v) { *p = v; }
  static void store_first(float* p, int count, Vec v) {
    if (count > 0) *p = v;
  }
  static Vec mul(Vec a, Vec b) { return a * b; }
  /** max and min give b where the two don't compare, as the x86 instructions do: a NaN in b stays. */
  static Vec max(Vec a, Vec b) { return a > b ? a : b; }
  static Vec min(Vec a, Vec b) { return a < b ? a : b; }
  /** a * b + c, rounded twice: baseline CPUs have no fused form. */
  static Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
};

}  // namespace
}  // namespace rooftile
