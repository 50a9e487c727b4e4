// The AVX-512 ceilings: see ceiling_loops.h.
#include <immintrin.h>

#include "machine/ceiling_body.h"

namespace rooftile {
namespace {

struct Floats {
  using Vec = __m512;
  static constexpr size_t kOperations = 2 * 16;
  static Vec broadcast(float value) { return _mm512_set1_ps(value); }
  static Vec step(Vec sum, Vec x, Vec y) { return _mm512_fmadd_ps(sum, x, y); }
};

// The even or the odd bytes of groups of four.
struct Bytes {
  using Vec = Words<64>::Vec;
  static constexpr size_t kOperations = 2 * 32;
  static Vec broadcast(float value) { return reinterpret_cast<Vec>(_mm512_set1_ps(value)); }
  static Vec multiply(Vec x, Vec y) {
    return reinterpret_cast<Vec>(
        _mm512_madd_epi16(reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(y)));
  }
};

}  // namespace

// 10 accumulators would fill the pipes; 24 ride out the stalls that a busy neighbour thread of the core
// causes.
MultiplyAddLoop f32_loop_avx512() {
  return multiply_add_loop<Floats, 24>;
}

MultiplyAddLoop int8_loop_avx512() {
  return multiply_add_loop<Bytes, 12>;
}

StreamLoops stream_loops_avx512() {
  return stream_loops<64>();
}

}  // namespace rooftile
