// The ceiling of bytes with AVX-512 VNNI: see ceiling_loops.h.
#include <immintrin.h>

#include "machine/ceiling_body.h"

namespace rooftile {
namespace {

struct Bytes {
  using Vec = Words<64>::Vec;
  static constexpr size_t kOperations = 2 * 64;
  static Vec broadcast(float value) { return reinterpret_cast<Vec>(_mm512_set1_ps(value)); }
  static Vec step(Vec sum, Vec x, Vec y) {
    return reinterpret_cast<Vec>(_mm512_dpbusd_epi32(
        reinterpret_cast<__m512i>(sum), reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(y)));
  }
};

}  // namespace

MultiplyAddLoop int8_loop_avx512vnni() {
  return multiply_add_loop<Bytes, 24>;
}

}  // namespace rooftile
