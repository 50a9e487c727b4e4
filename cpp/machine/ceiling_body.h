// The bodies of the loops of ceiling_loops.h, templates over the size of vectors and what is done with them;
// each per-ISA file includes this once. Everything is in an unnamed namespace, so that the linker can't take
// one ISA's copy for another's.
#pragma once

#include "machine/ceiling_loops.h"

namespace rooftile {
namespace {

/**
 * A vector register as 32-bit words: `Words<32>::Vec` is one of AVX2. Of sums in __m512i, which are 64-bit
 * words to it, GCC 12 kept half on the stack.
 */
template <int kBytes>
struct Words {
  typedef unsigned Vec __attribute__((vector_size(kBytes), may_alias));
};

/** For the compiler another value from here on; it is made before the next fence. */
template <class Vec>
Vec fenced(Vec v) {
#ifdef __AVX2__
  __asm__ volatile("" : "+v"(v));
#endif
  return v;
}

/**
 * A: Vec, a vector of sums; broadcast(float), a start or an operand; kOperations of a multiply-add, which is
 * step(sum, x, y) or, in two instructions, sum + multiply(x, y). GCC keeps `sum` in registers only if every
 * index is a constant: all loops over it are unrolled. Each sum has a start of its own in the source, or
 * GCC 12 makes one where many are written.
 */
template <class A, int kSums>
size_t multiply_add_loop(size_t iterations, const float* seed, float* sink) {
  static_assert(kSums + 2 <= kLoopSeeds, "an operand and a start each");
  typename A::Vec x = A::broadcast(seed[0]);
  const typename A::Vec y = A::broadcast(seed[1]);
  typename A::Vec sum[kSums];
#pragma GCC unroll 32
  for (int i = 0; i < kSums; ++i) sum[i] = A::broadcast(seed[2 + i]);
  for (size_t iteration = 0; iteration < iterations; ++iteration) {
    if constexpr (requires { A::step(x, x, y); }) {
#pragma GCC unroll 32
      for (int i = 0; i < kSums; ++i) sum[i] = A::step(sum[i], x, y);
    } else {
      // All products, then all sums: in turns, additions take the multipliers' ports. In turns → apart, pairs
      // of 16 bits, Gop/s of one Zen 4 core, whose ports' peak is 236: AVX-512 177 → 218 to 236 (by where the
      // loop lies), AVX2 186 → 202.
      typename A::Vec product[kSums];
#pragma GCC unroll 32
      for (int i = 0; i < kSums; ++i) product[i] = fenced(A::multiply(x = fenced(x), y));
#pragma GCC unroll 32
      for (int i = 0; i < kSums; ++i) sum[i] += fenced(product[i]);
    }
  }
  using Bits = typename Words<sizeof(typename A::Vec)>::Vec;
  Bits all{};
#pragma GCC unroll 32
  for (int i = 0; i < kSums; ++i) all ^= reinterpret_cast<Bits>(sum[i]);
  *sink = static_cast<float>(all[0]);
  return iterations * kSums * A::kOperations;
}

// A working set is swept eight vectors a step, in one stream or four. (What the sweep hangs on stands in
// plain variables: of a struct GCC 12 read the members again in each pass, a tenth of the time in L1.)

/** Floats of a stream. */
inline size_t stream_length(size_t bytes) {
  return bytes / sizeof(float) / (bytes < kFourStreamsFrom ? 1 : 4);
}
/** Floats of a step in a stream. */
template <int kBytes>
size_t stream_step(size_t bytes) {
  return (bytes < kFourStreamsFrom ? 8 : 2) * kBytes / sizeof(float);
}
/** Floats from a pair of vectors to the next pair. */
template <int kBytes>
size_t pairs_apart(size_t bytes) {
  return bytes < kFourStreamsFrom ? 2 * kBytes / sizeof(float) : stream_length(bytes);
}
/** Where the vector of a step lies that starts at p. */
template <int kBytes, class Float>
Float* vector_at(Float* p, size_t apart, size_t vector) {
  return p + vector / 2 * apart + vector % 2 * (kBytes / sizeof(float));
}

template <int kBytes>
typename Words<kBytes>::Vec load(const float* p) {
  return *reinterpret_cast<const typename Words<kBytes>::Vec*>(p);
}
template <int kBytes>
void store(float* p, typename Words<kBytes>::Vec v) {
  *reinterpret_cast<typename Words<kBytes>::Vec*>(p) = v;
}

// A fence for the compiler only: the next pass must touch memory again.
inline void forget_memory() {
  __asm__ volatile("" ::: "memory");
}

template <int kBytes>
void read_loop(const float* data, size_t bytes, size_t passes, float* sink) {
  using Vec = typename Words<kBytes>::Vec;
  const size_t length = stream_length(bytes);
  const size_t step = stream_step<kBytes>(bytes);
  const size_t apart = pairs_apart<kBytes>(bytes);
  Vec seen[8];
#pragma GCC unroll 8
  for (size_t i = 0; i < 8; ++i) seen[i] = load<kBytes>(vector_at<kBytes>(data, apart, i));
  for (size_t pass = 0; pass < passes; ++pass) {
    for (const float *p = data, *end = data + length; p != end; p += step) {
#pragma GCC unroll 8
      for (size_t i = 0; i < 8; ++i) seen[i] ^= load<kBytes>(vector_at<kBytes>(p, apart, i));
    }
    forget_memory();
  }
  Vec all{};
#pragma GCC unroll 8
  for (size_t i = 0; i < 8; ++i) all ^= seen[i];
  *sink = static_cast<float>(all[0]);
}

template <int kBytes>
void write_loop(float* data, size_t bytes, size_t passes, const float* pattern) {
  using Vec = typename Words<kBytes>::Vec;
  const size_t length = stream_length(bytes);
  const size_t step = stream_step<kBytes>(bytes);
  const size_t apart = pairs_apart<kBytes>(bytes);
  Vec written[8];
#pragma GCC unroll 8
  for (size_t i = 0; i < 8; ++i) written[i] = load<kBytes>(pattern + i * (kBytes / sizeof(float)));
  for (size_t pass = 0; pass < passes; ++pass) {
    for (float *p = data, *end = data + length; p != end; p += step) {
#pragma GCC unroll 8
      for (size_t i = 0; i < 8; ++i) store<kBytes>(vector_at<kBytes>(p, apart, i), written[i]);
    }
    forget_memory();
  }
}

template <int kBytes>
void copy_loop(const float* source, float* destination, size_t bytes, size_t passes) {
  using Vec = typename Words<kBytes>::Vec;
  const size_t length = stream_length(bytes);
  const size_t step = stream_step<kBytes>(bytes);
  const size_t apart = pairs_apart<kBytes>(bytes);
  for (size_t pass = 0; pass < passes; ++pass) {
    float* to = destination;
    for (const float *from = source, *end = source + length; from != end; from += step) {
      Vec moved[8];
#pragma GCC unroll 8
      for (size_t i = 0; i < 8; ++i) moved[i] = load<kBytes>(vector_at<kBytes>(from, apart, i));
#pragma GCC unroll 8
      for (size_t i = 0; i < 8; ++i) store<kBytes>(vector_at<kBytes>(to, apart, i), moved[i]);
      to += step;
    }
    forget_memory();
  }
}

template <int kBytes>
StreamLoops stream_loops() {
  return {read_loop<kBytes>, write_loop<kBytes>, copy_loop<kBytes>};
}

}  // namespace
}  // namespace rooftile
