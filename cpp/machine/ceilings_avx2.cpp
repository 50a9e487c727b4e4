// The AVX2 + FMA ceilings: see ceiling_loops.h.
#include <immintrin.h>

#include "machine/ceiling_loops.h"

namespace rooftile {

namespace {

using Vector = __m256;

inline Vector broadcast(float value) {
  return _mm256_set1_ps(value);
}
inline Vector load(const float* p) {
  return _mm256_load_ps(p);
}
inline void store(float* p, Vector v) {
  _mm256_store_ps(p, v);
}
inline Vector add(Vector a, Vector b) {
  return _mm256_add_ps(a, b);
}
inline Vector exclusive_or(Vector a, Vector b) {
  return _mm256_xor_ps(a, b);
}
inline float first(Vector v) {
  return _mm256_cvtss_f32(v);
}

// A fence for the compiler only: the next pass must touch memory again.
inline void forget_memory() {
  __asm__ volatile("" ::: "memory");
}

}  // namespace

// Latency 4 or 5, two a cycle: 10 accumulators fill the pipes, 12 leave slack.
size_t fma_loop_avx2(size_t iterations, const float* seed, float* sink) {
  constexpr size_t kAccumulators = 12;
  const Vector x = broadcast(seed[0]);
  const Vector y = broadcast(seed[1]);
  Vector a0 = broadcast(seed[2]), a1 = broadcast(seed[3]), a2 = broadcast(seed[4]), a3 = broadcast(seed[5]),
         a4 = broadcast(seed[6]), a5 = broadcast(seed[7]), a6 = broadcast(seed[8]), a7 = broadcast(seed[9]),
         a8 = broadcast(seed[10]), a9 = broadcast(seed[11]), a10 = broadcast(seed[12]),
         a11 = broadcast(seed[13]);
  for (size_t i = 0; i < iterations; ++i) {
    a0 = _mm256_fmadd_ps(a0, x, y);
    a1 = _mm256_fmadd_ps(a1, x, y);
    a2 = _mm256_fmadd_ps(a2, x, y);
    a3 = _mm256_fmadd_ps(a3, x, y);
    a4 = _mm256_fmadd_ps(a4, x, y);
    a5 = _mm256_fmadd_ps(a5, x, y);
    a6 = _mm256_fmadd_ps(a6, x, y);
    a7 = _mm256_fmadd_ps(a7, x, y);
    a8 = _mm256_fmadd_ps(a8, x, y);
    a9 = _mm256_fmadd_ps(a9, x, y);
    a10 = _mm256_fmadd_ps(a10, x, y);
    a11 = _mm256_fmadd_ps(a11, x, y);
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
  *sink = first(total);
  return iterations * kAccumulators * 8 * 2;
}

void read_loop_avx2(const float* data, size_t bytes, size_t passes, float* sink) {
  constexpr size_t kFloats = 8;
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

void write_loop_avx2(float* data, size_t bytes, size_t passes, const float* pattern) {
  constexpr size_t kFloats = 8;
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

void copy_loop_avx2(const float* source, float* destination, size_t bytes, size_t passes) {
  constexpr size_t kFloats = 8;
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
