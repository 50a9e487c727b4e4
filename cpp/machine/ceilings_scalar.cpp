// The ceilings of the platform's baseline: see ceiling_loops.h.
#include "machine/ceiling_loops.h"

namespace rooftile {

namespace {

// "Scalar" kernels are plain C++, which compilers turn into the vectors of the platform's baseline (SSE2,
// NEON). A ceiling must lie above them, so this one uses those vectors on purpose.
typedef float Vector __attribute__((vector_size(16), may_alias));
typedef int Bits __attribute__((vector_size(16), may_alias));

inline Vector broadcast(float value) {
  return Vector{value, value, value, value};
}
inline Vector load(const float* p) {
  return *reinterpret_cast<const Vector*>(p);
}
inline void store(float* p, Vector v) {
  *reinterpret_cast<Vector*>(p) = v;
}
inline Vector add(Vector a, Vector b) {
  return a + b;
}
inline Vector exclusive_or(Vector a, Vector b) {
  return reinterpret_cast<Vector>(reinterpret_cast<Bits>(a) ^ reinterpret_cast<Bits>(b));
}
inline float first(Vector v) {
  return v[0];
}

// A fence for the compiler only: the next pass must touch memory again.
inline void forget_memory() {
  __asm__ volatile("" ::: "memory");
}

}  // namespace

// A multiply, then an add: latency 7 or 8, two of each a cycle at best. 14 accumulators, x and y are all 16
// registers of SSE2.
size_t fma_loop_scalar(size_t iterations, const float* seed, float* sink) {
  constexpr size_t kAccumulators = 14;
  const Vector x = broadcast(seed[0]);
  const Vector y = broadcast(seed[1]);
  Vector a0 = broadcast(seed[2]), a1 = broadcast(seed[3]), a2 = broadcast(seed[4]), a3 = broadcast(seed[5]),
         a4 = broadcast(seed[6]), a5 = broadcast(seed[7]), a6 = broadcast(seed[8]), a7 = broadcast(seed[9]),
         a8 = broadcast(seed[10]), a9 = broadcast(seed[11]), a10 = broadcast(seed[12]),
         a11 = broadcast(seed[13]), a12 = broadcast(seed[14]), a13 = broadcast(seed[15]);
  for (size_t i = 0; i < iterations; ++i) {
    a0 = a0 * x + y;
    a1 = a1 * x + y;
    a2 = a2 * x + y;
    a3 = a3 * x + y;
    a4 = a4 * x + y;
    a5 = a5 * x + y;
    a6 = a6 * x + y;
    a7 = a7 * x + y;
    a8 = a8 * x + y;
    a9 = a9 * x + y;
    a10 = a10 * x + y;
    a11 = a11 * x + y;
    a12 = a12 * x + y;
    a13 = a13 * x + y;
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
  *sink = first(total);
  return iterations * kAccumulators * 4 * 2;
}

void read_loop_scalar(const float* data, size_t bytes, size_t passes, float* sink) {
  constexpr size_t kFloats = 4;
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

void write_loop_scalar(float* data, size_t bytes, size_t passes, const float* pattern) {
  constexpr size_t kFloats = 4;
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

void copy_loop_scalar(const float* source, float* destination, size_t bytes, size_t passes) {
  constexpr size_t kFloats = 4;
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
