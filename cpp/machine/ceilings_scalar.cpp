// The ceilings of the platform's baseline: see ceiling_loops.h.
#include "machine/ceiling_body.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace rooftile {
namespace {

// "Scalar" kernels are plain C++, which compilers turn into the vectors of the platform's baseline (SSE2,
// NEON). A ceiling must lie above them, so these use those vectors on purpose.
typedef float FloatVector __attribute__((vector_size(16), may_alias));

// A multiply, then an add.
struct Floats {
  using Vec = FloatVector;
  static constexpr size_t kOperations = 2 * 4;
  static Vec broadcast(float value) { return Vec{value, value, value, value}; }
  static Vec step(Vec sum, Vec x, Vec y) { return sum * x + y; }
};

#ifdef __SSE2__
// What is multiplied changes with the sum, or the compiler would multiply once for all rounds. All products
// first, as in the other ISAs' loops, take copies of what SSE2 overwrites: 94 → 82 Gop/s.
struct Bytes {
  using Vec = Words<16>::Vec;
  static constexpr size_t kOperations = 2 * 8;
  static Vec broadcast(float value) { return reinterpret_cast<Vec>(_mm_set1_ps(value)); }
  static Vec step(Vec sum, Vec x, Vec) {
    const __m128i products = _mm_madd_epi16(reinterpret_cast<__m128i>(sum), reinterpret_cast<__m128i>(x));
    return sum + reinterpret_cast<Vec>(products);
  }
};
#else
// Elsewhere compilers have no common name for sums of two products: four products of 32 bits a step.
struct Bytes {
  using Vec = Words<16>::Vec;
  static constexpr size_t kOperations = 2 * 4;
  static Vec broadcast(float value) { return reinterpret_cast<Vec>(Floats::broadcast(value)); }
  static Vec step(Vec sum, Vec x, Vec y) { return sum * x + y; }
};
#endif

}  // namespace

// Latency 7 or 8, two of each a cycle at best. 14 accumulators, x and y are all 16 registers of SSE2.
MultiplyAddLoop f32_loop_scalar() {
  return multiply_add_loop<Floats, 14>;
}

MultiplyAddLoop int8_loop_scalar() {
  return multiply_add_loop<Bytes, 14>;
}

StreamLoops stream_loops_scalar() {
  return stream_loops<16>();
}

}  // namespace rooftile
