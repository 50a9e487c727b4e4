#include <algorithm>
#include <cstring>
#include <type_traits>

#include "gemm/pack.h"
#include "simd/bf16.h"

namespace rooftile::gemm {
namespace {

template <class T>
void pack_weights(const T* b, std::int64_t ldb, bool transposed, std::int64_t kc, std::int64_t columns,
                  std::int64_t width, std::int64_t group, T* packed, std::int32_t* sums) {
  const std::int64_t row = transposed ? 1 : ldb, column = transposed ? ldb : 1;
  for (std::int64_t k = 0; k < kc; k += group, packed += width * group) {
    const std::int64_t taken = std::min(group, kc - k);
    if (columns < width || taken < group) std::fill_n(packed, width * group, T{});
    for (std::int64_t j = 0; j < columns; ++j) {
      for (std::int64_t t = 0; t < taken; ++t) packed[j * group + t] = b[(k + t) * row + j * column];
    }
  }
  if constexpr (std::is_same_v<T, std::int8_t>) {
    if (sums == nullptr) return;
    std::fill_n(sums, width, 0);
    for (std::int64_t k = 0; k < kc; ++k) {
      for (std::int64_t j = 0; j < columns; ++j) sums[j] += b[k * row + j * column];
    }
  }
}

/** To: 16 bits for pairs of integers, the element's own type for groups that are only copied. */
template <class From, class To, class Convert>
void pack_inputs(const From* a, std::int64_t row, std::int64_t step, std::int64_t rows, std::int64_t kc,
                 std::int64_t mr, std::int64_t group, To* packed, Convert&& convert) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const From* from = a + r * row;
    To* to = packed + r * group;
    const std::int64_t whole = kc / group * group;
    for (std::int64_t k = 0; k < whole; k += group, to += mr * group) {
      for (std::int64_t t = 0; t < group; ++t) to[t] = convert(from[(k + t) * step]);
    }
    if (whole == kc) continue;
    for (std::int64_t t = 0; t < group; ++t) {
      to[t] = whole + t < kc ? convert(from[(whole + t) * step]) : To{};
    }
  }
}

/** Four words, as every compiler has them for every CPU: this file is compiled without flags of an ISA. */
using Words = std::uint32_t __attribute__((vector_size(16)));

Words load_words(const unsigned char* from) {
  Words words;
  std::memcpy(&words, from, sizeof words);
  return words;
}

/** Four words of each of four rows, `flip` in each, into four steps. */
void transpose_words(const unsigned char* a, std::int64_t lda, std::uint32_t flip, std::int64_t step,
                     unsigned char* packed) {
  const Words r0 = load_words(a), r1 = load_words(a + lda);
  const Words r2 = load_words(a + 2 * lda), r3 = load_words(a + 3 * lda);
  const Words low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5) ^ flip;
  const Words high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7) ^ flip;
  const Words low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5) ^ flip;
  const Words high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7) ^ flip;
  const Words steps[4] = {__builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                          __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
                          __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
                          __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
  for (int t = 0; t < 4; ++t) std::memcpy(packed + t * step, &steps[t], sizeof steps[t]);
}

/**
 * Rows of `bytes` bytes each, lda bytes apart, as words of four bytes with `flip` in each byte that there is.
 * By stretches, as fp32: see pack.cpp. GB/s on Zen 4, word by word → so, 1024 rows, 14 a panel: bytes, K =
 * 1024: 13 → 27, K = 4096: 7 → 27; bf16, K = 1024: 4.3 → 28 (1024³: 9 % of the time of all).
 */
void pack_words(const unsigned char* a, std::int64_t lda, std::int64_t rows, std::int64_t bytes,
                std::int64_t mr, std::uint32_t flip, unsigned char* packed) {
  constexpr std::int64_t kStretch = 512;
  const std::int64_t whole = rows >= 4 ? bytes / 16 * 16 : 0;
  for (std::int64_t begin = 0; begin < whole; begin += kStretch) {
    const std::int64_t end = std::min(begin + kStretch, whole);
    for (std::int64_t r = 0; r < rows; r += 4) {
      // The last four rows may overlap those before: the same words, written twice.
      const std::int64_t first = std::min(r, rows - 4);
      for (std::int64_t k = begin; k < end; k += 16) {
        transpose_words(a + first * lda + k, lda, flip, 4 * mr, packed + k * mr + 4 * first);
      }
    }
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    const unsigned char* from = a + r * lda;
    std::int64_t k = whole;
    unsigned char* to = packed + k * mr + 4 * r;
    for (; k + 4 <= bytes; k += 4, to += 4 * mr) {
      std::uint32_t word;
      std::memcpy(&word, from + k, 4);
      word ^= flip;
      std::memcpy(to, &word, 4);
    }
    if (k == bytes) continue;
    std::uint32_t word = 0;
    std::memcpy(&word, from + k, static_cast<std::size_t>(bytes - k));
    word ^= flip & ((std::uint32_t{1} << 8 * (bytes - k)) - 1);
    std::memcpy(to, &word, 4);
  }
}

template <class From>
void pack_bytes(const From* a, std::int64_t row, std::int64_t step, std::int64_t rows, std::int64_t kc,
                std::int64_t mr, const Format& format, std::int32_t shift, void* packed) {
  if (format.input_bytes == 2) {
    return pack_inputs(a, row, step, rows, kc, mr, format.k_group, static_cast<std::int16_t*>(packed),
                       [](From x) { return static_cast<std::int16_t>(x); });
  }
  if (step == 1 && format.k_group == 4) {
    const std::uint32_t flip = shift == 128 ? 0x80808080u : 0;
    return pack_words(reinterpret_cast<const unsigned char*>(a), row, rows, kc, mr, flip,
                      static_cast<unsigned char*>(packed));
  }
  pack_inputs(a, row, step, rows, kc, mr, format.k_group, static_cast<std::uint8_t*>(packed),
              [shift](From x) { return static_cast<std::uint8_t>(x + shift); });
}

template <class From>
void sum_rows(const From* a, std::int64_t row, std::int64_t step, std::int64_t rows, std::int64_t kc,
              std::int32_t* sums) {
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int32_t sum = 0;
    for (std::int64_t k = 0; k < kc; ++k) sum += a[r * row + k * step];
    sums[r] = sum;
  }
}

}  // namespace

void pack_weights_groups(ElementType weights, const Format& format, const void* b, std::int64_t ldb,
                         bool transposed, std::int64_t kc, std::int64_t columns, std::int64_t width,
                         void* packed, std::int32_t* sums) {
  if (weights == ElementType::bf16) {
    return pack_weights(static_cast<const Bf16*>(b), ldb, transposed, kc, columns, width, format.k_group,
                        static_cast<Bf16*>(packed), sums);
  }
  pack_weights(static_cast<const std::int8_t*>(b), ldb, transposed, kc, columns, width, format.k_group,
               static_cast<std::int8_t*>(packed), sums);
}

void pack_inputs_groups(const GemmTypes& types, const Format& format, const void* a, std::int64_t lda,
                        bool transposed, std::int64_t rows, std::int64_t kc, std::int64_t mr, void* packed,
                        std::int32_t* sums) {
  const std::int64_t row = transposed ? 1 : lda, step = transposed ? lda : 1;
  if (types.inputs == ElementType::bf16) {
    const Bf16* from = static_cast<const Bf16*>(a);
    if (format.input_bytes == 4) {
      return pack_inputs(from, row, step, rows, kc, mr, format.k_group, static_cast<float*>(packed),
                         to_float);
    }
    if (step == 1) {
      constexpr std::int64_t kBytes = sizeof(Bf16);
      return pack_words(static_cast<const unsigned char*>(a), kBytes * row, rows, kBytes * kc, mr, 0,
                        static_cast<unsigned char*>(packed));
    }
    return pack_inputs(from, row, step, rows, kc, mr, format.k_group, static_cast<Bf16*>(packed),
                       [](Bf16 x) { return x; });
  }
  const std::int32_t shift = input_shift(types, format);
  const auto pack = [&](const auto* from) {
    pack_bytes(from, row, step, rows, kc, mr, format, shift, packed);
    if (sums != nullptr) sum_rows(from, row, step, rows, kc, sums);
  };
  if (types.inputs == ElementType::u8) return pack(static_cast<const std::uint8_t*>(a));
  pack(static_cast<const std::int8_t*>(a));
}

}  // namespace rooftile::gemm
