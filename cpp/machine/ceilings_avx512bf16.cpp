// The ceiling of bf16 with AVX-512 BF16: see ceiling_loops.h.
#include <immintrin.h>

#include "machine/ceiling_body.h"

namespace rooftile {
namespace {

struct Pairs {
  using Vec = __m512;
  static constexpr size_t kOperations = 2 * 32;
  static Vec broadcast(float value) { return _mm512_set1_ps(value); }
  // The operands are pairs of the seeds' upper halves and what their lower ones spell.
  static Vec step(Vec sum, Vec x, Vec y) {
    return _mm512_dpbf16_ps(sum, __builtin_bit_cast(__m512bh, x), __builtin_bit_cast(__m512bh, y));
  }
};

}  // namespace

MultiplyAddLoop bf16_loop_avx512bf16() {
  return multiply_add_loop<Pairs, 24>;
}

}  // namespace rooftile
