// The AVX2 + FMA ceilings: see ceiling_loops.h.
#include <immintrin.h>

#include "machine/ceiling_body.h"

namespace rooftile {
namespace {

struct Floats {
  using Vec = __m256;
  static constexpr size_t kOperations = 2 * 8;
  static Vec broadcast(float value) { return _mm256_set1_ps(value); }
  static Vec step(Vec sum, Vec x, Vec y) { return _mm256_fmadd_ps(sum, x, y); }
};

struct Bytes {
  using Vec = Words<32>::Vec;
  static constexpr size_t kOperations = 2 * 16;
  static Vec broadcast(float value) { return reinterpret_cast<Vec>(_mm256_set1_ps(value)); }
  static Vec multiply(Vec x, Vec y) {
    return reinterpret_cast<Vec>(
        _mm256_madd_epi16(reinterpret_cast<__m256i>(x), reinterpret_cast<__m256i>(y)));
  }
};

}  // namespace

// Latency 4 or 5, two a cycle: 10 accumulators fill the pipes, 12 leave slack.
MultiplyAddLoop f32_loop_avx2() {
  return multiply_add_loop<Floats, 12>;
}

MultiplyAddLoop int8_loop_avx2() {
  return multiply_add_loop<Bytes, 6>;
}

StreamLoops stream_loops_avx2() {
  return stream_loops<32>();
}

}  // namespace rooftile
