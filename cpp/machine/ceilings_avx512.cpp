// The AVX-512 ceilings: see ceiling_loops.h.
#include <immintrin.h>

#include "machine/ceiling_loops.h"

namespace rooftile {

namespace {

using Vector = __m512;

inline Vector broadcast(float value) {
  return _mm512_set1_ps(value);
}
inline Vector load(const float* p) {
  return _mm512_load_ps(p);
}
inline void store(float* p, Vector v) {
  _mm512_store_ps(p, v);
}
inline Vector add(Vector a, Vector b) {
  return _mm512_add_ps(a, b);
}
inline Vector exclusive_or(Vector a, Vector b) {
  return _mm512_xor_ps(a, b);
}
inline float first(Vector v) {
  return _mm512_cvtss_f32(v);
}

// A fence for the compiler only: the next pass must touch memory again.
inline void forget_memory() {
  __asm__ volatile("" ::: "memory");
}

}  // namespace

// 10 accumulators would fill the pipes; 24 ride out the stalls that a busy neighbour thread of the core
// causes.
size_t fma_loop_avx512(size_t iterations, const float* seed, float* sink) {
  constexpr size_t kAccumulators = 24;
  const Vector x = broadcast(seed[0]);
  const Vector y = broadcast(seed[1]);
  Vector a0 = broadcast(seed[2]), a1 = broadcast(seed[3]), a2 = broadcast(seed[4]), a3 = broadcast(seed[5]),
         a4 = broadcast(seed[6]), a5 = broadcast(seed[7]), a6 = broadcast(seed[8]), a7 = broadcast(seed[9]),
         a8 = broadcast(seed[10]), a9 = broadcast(seed[11]), a10 = broadcast(seed[12]),
         a11 = broadcast(seed[13]), a12 = broadcast(seed[14]), a13 = broadcast(seed[15]),
         a14 = broadcast(seed[16]), a15 = broadcast(seed[17]), a16 = broadcast(seed[18]),
         a17 = broadcast(seed[19]), a18 = broadcast(seed[20]), a19 = broadcast(seed[21]),
         a20 = broadcast(seed[22]), a21 = broadcast(seed[23]), a22 = broadcast(seed[24]),
         a23 = broadcast(seed[25]);
  for (size_t i = 0; i < iterations; ++i) {
    a0 = _mm512_fmadd_ps(a0, x, y);
    a1 = _mm512_fmadd_ps(a1, x, y);
    a2 = _mm512_fmadd_ps(a2, x, y);
    a3 = _mm512_fmadd_ps(a3, x, y);
    a4 = _mm512_fmadd_ps(a4, x, y);
    a5 = _mm512_fmadd_ps(a5, x, y);
    a6 = _mm512_fmadd_ps(a6, x, y);
    a7 = _mm512_fmadd_ps(a7, x, y);
    a8 = _mm512_fmadd_ps(a8, x, y);
    a9 = _mm512_fmadd_ps(a9, x, y);
    a10 = _mm512_fmadd_ps(a10, x, y);
    a11 = _mm512_fmadd_ps(a11, x, y);
    a12 = _mm512_fmadd_ps(a12, x, y);
    a13 = _mm512_fmadd_ps(a13, x, y);
    a14 = _mm512_fmadd_ps(a14, x, y);
    a15 = _mm512_fmadd_ps(a15, x, y);
    a16 = _mm512_fmadd_ps(a16, x, y);
    a17 = _mm512_fmadd_ps(a17, x, y);
    a18 = _mm512_fmadd_ps(a18, x, y);
    a19 = _mm512_fmadd_ps(a19, x, y);
    a20 = _mm512_fmadd_ps(a20, x, y);
    a21 = _mm512_fmadd_ps(a21, x, y);
    a22 = _mm512_fmadd_ps(a22, x, y);
    a23 = _mm512_fmadd_ps(a23, x, y);
  }
  Vector total = y;
  total = add(total, a0);
  total = add(total, a1);
  total = add(total, a2);
  total = add(total, a3);
  total = add(total, a4);
  total = add(total, a5);
  total = add(total, a6);
  total = add(total, a7);
  total = add(total, a8);
  total = add(total, a9);
  total = add(total, a10);
  total = add(total, a11);
  total = add(total, a12);
  total = add(total, a13);
  total = add(total, a14);
  total = add(total, a15);
  total = add(total, a16);
  total = add(total, a17);
  total = add(total, a18);
  total = add(total, a19);
  total = add(total, a20);
  total = add(total, a21);
  total = add(total, a22);
  total = add(total, a23);
  *sink = first(total);
  return iterations * kAccumulators * 16 * 2;
}

void read_loop_avx512(const float* data, size_t bytes, size_t passes, float* sink) {
  constexpr size_t kFloats = 16;
  const size_t streams = bytes < kFourStreamsFrom ? 1 : 4;
  const size_t length = bytes / sizeof(float) / streams;
  const size_t apart = streams == 1 ? 2 * kFloats : length;
  const size_t step = 8 / streams * kFloats;
  Vector a0 = load(data), a1 = load(data + kFloats), a2 = load(data + apart),
         a3 = load(data + apart + kFloats), a4 = load(data + 2 * apart),
         a5 = load(data + 2 * apart + kFloats), a6 = load(data + 3 * apart),
         a7 = load(data + 3 * apart + kFloats);
  for (size_t pass = 0; pass < passes; ++pass) {
    for (const float *p = data, *end = data + length; p != end; p += step) {
      a0 = exclusive_or(a0, load(p));
      a1 = exclusive_or(a1, load(p + kFloats));
      a2 = exclusive_or(a2, load(p + apart));
      a3 = exclusive_or(a3, load(p + apart + kFloats));
      a4 = exclusive_or(a4, load(p + 2 * apart));
      a5 = exclusive_or(a5, load(p + 2 * apart + kFloats));
      a6 = exclusive_or(a6, load(p + 3 * apart));
      a7 = exclusive_or(a7, load(p + 3 * apart + kFloats));
    }
    forget_memory();
  }
  const Vector left = exclusive_or(exclusive_or(a0, a1), exclusive_or(a2, a3));
  const Vector right = exclusive_or(exclusive_or(a4, a5), exclusive_or(a6, a7));
  *sink = first(exclusive_or(left, right));
}

void write_loop_avx512(float* data, size_t bytes, size_t passes, const float* pattern) {
  constexpr size_t kFloats = 16;
  const size_t streams = bytes < kFourStreamsFrom ? 1 : 4;
  const size_t length = bytes / sizeof(float) / streams;
  const size_t apart = streams == 1 ? 2 * kFloats : length;
  const size_t step = 8 / streams * kFloats;
  const Vector a0 = load(pattern), a1 = load(pattern + kFloats), a2 = load(pattern + 2 * kFloats),
               a3 = load(pattern + 3 * kFloats), a4 = load(pattern + 4 * kFloats),
               a5 = load(pattern + 5 * kFloats), a6 = load(pattern + 6 * kFloats),
               a7 = load(pattern + 7 * kFloats);
  for (size_t pass = 0; pass < passes; ++pass) {
    for (float *p = data, *end = data + length; p != end; p += step) {
      store(p, a0);
      store(p + kFloats, a1);
      store(p + apart, a2);
      store(p + apart + kFloats, a3);
      store(p + 2 * apart, a4);
      store(p + 2 * apart + kFloats, a5);
      store(p + 3 * apart, a6);
      store(p + 3 * apart + kFloats, a7);
    }
    forget_memory();
  }
}

void copy_loop_avx512(const float* source, float* destination, size_t bytes, size_t passes) {
  constexpr size_t kFloats = 16;
  const size_t streams = bytes < kFourStreamsFrom ? 1 : 4;
  const size_t length = bytes / sizeof(float) / streams;
  const size_t apart = streams == 1 ? 2 * kFloats : length;
  const size_t step = 8 / streams * kFloats;
  for (size_t pass = 0; pass < passes; ++pass) {
    float* to = destination;
    for (const float *from = source, *end = source + length; from != end; from += step) {
      const Vector a0 = load(from), a1 = load(from + kFloats), a2 = load(from + apart),
                   a3 = load(from + apart + kFloats), a4 = load(from + 2 * apart),
                   a5 = load(from + 2 * apart + kFloats), a6 = load(from + 3 * apart),
                   a7 = load(from + 3 * apart + kFloats);
      store(to, a0);
      store(to + kFloats, a1);
      store(to + apart, a2);
      store(to + apart + kFloats, a3);
      store(to + 2 * apart, a4);
      store(to + 2 * apart + kFloats, a5);
      store(to + 3 * apart, a6);
      store(to + 3 * apart + kFloats, a7);
      to += step;
    }
    forget_memory();
  }
}

}  // namespace rooftile
