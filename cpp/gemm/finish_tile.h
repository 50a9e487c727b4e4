// The output stage of a micro-tile, after its sums were stored. A few columns of a row at a time, in vectors
// that the compiler makes of what the including file's ISA has; no product and sum is fused, so results don't
// hang on the ISA. 1024³ on Zen 4, each in one run, against a loop over the row for each operation, Gop/s:
// u8·s8→f32 389 → 435 (s32, without a stage: 442), s8·s8→f32 379 → 433, u8·s8→u8 369 → 435, bf16→bf16 208 →
// 221. What stays, 6 cycles of 16 columns for fp32, is mostly the sums' way over the stack; bytes divide too.
#pragma once

#include <cstring>
#include <type_traits>

#include "gemm/micro_kernel.h"
#include "simd/bf16.h"

namespace rooftile::gemm {
namespace {

/** Vectors of as many 32-bit lanes. One by one: GCC 12 takes a vector of a template's length for a number. */
template <int kLanes>
struct Lanes;
#define ROOFTILE_LANES(lanes)                                               \
  template <>                                                               \
  struct Lanes<lanes> {                                                     \
    typedef float Floats __attribute__((vector_size(4 * (lanes))));         \
    typedef std::int32_t Ints __attribute__((vector_size(4 * (lanes))));    \
    typedef std::uint32_t Words __attribute__((vector_size(4 * (lanes))));  \
    typedef std::uint16_t Halves __attribute__((vector_size(2 * (lanes)))); \
    typedef std::uint8_t Bytes __attribute__((vector_size(lanes)));         \
  };
ROOFTILE_LANES(4)
ROOFTILE_LANES(8)
ROOFTILE_LANES(16)
#undef ROOFTILE_LANES

/** kLanes columns of a tile, from `first` on, of which `count` exist; kWhole: all do. */
template <int kLanes, bool kWhole>
class FinishColumns {
 public:
  FinishColumns(const MicroTileCall& call, int first, int count)
      : call_(call),
        stage_(*call.stage),
        outputs_(stage_.outputs),
        column_(call.column + first),
        count_(count),
        c_(static_cast<unsigned char*>(call.c) + first * element_bytes(stage_.outputs)) {
    if (stage_.column_sums != nullptr) load(column_sums_, stage_.column_sums + column_);
    if (stage_.column_zeros.values != nullptr) load(column_zeros_, stage_.column_zeros);
    if (stage_.column_scales.values != nullptr) load(scales_, stage_.column_scales);
    const float zero = static_cast<float>(stage_.output_zero);
    lowest_ = Floats{} + ((outputs_ == ElementType::u8 ? 0.0f : -128.0f) - zero);
    highest_ = Floats{} + ((outputs_ == ElementType::u8 ? 255.0f : 127.0f) - zero);
    output_scale_ = Floats{} + stage_.output_scale;
    output_zero_ = Ints{} + stage_.output_zero;
    if (!call.last) return;
    const Epilogue& epilogue = stage_.epilogue;
    if (epilogue.bias != nullptr) load(bias_, epilogue.bias + column_);
    low_ = Floats{} + epilogue.low;
    high_ = Floats{} + epilogue.high;
    addend_ = epilogue.addend == nullptr ? nullptr : epilogue.addend + column_;
  }

  /** `sums` from one row to the next are `stride` apart. */
  template <class Sum>
  void operator()(const Sum* sums, int stride, int rows) const {
    const bool alike = stage_.row_zeros.step == 0 && stage_.row_scales.step == 0 &&
                       stage_.column_zeros.values == nullptr && call_.beta == 0.0f && addend_ == nullptr;
    if (alike) {
      finish_rows<true>(sums, stride, rows);
    } else {
      finish_rows<false>(sums, stride, rows);
    }
  }

 private:
  using Floats = typename Lanes<kLanes>::Floats;
  using Ints = typename Lanes<kLanes>::Ints;
  using Words = typename Lanes<kLanes>::Words;

  /** A constant is a load or a store, not a copy. */
  template <class T>
  std::size_t bytes_of() const {
    return sizeof(T) * static_cast<std::size_t>(kWhole ? kLanes : count_);
  }

  template <class Vector, class T>
  void load(Vector& to, const T* from) const {
    if constexpr (!kWhole) to = Vector{};
    std::memcpy(&to, from, bytes_of<T>());
  }

  template <class Vector, class T>
  void load(Vector& to, const PerLine<T>& line) const {
    if (line.step == 1) return load(to, line.values + column_);
    for (int j = 0; j < kLanes; ++j) to[j] = line.values[0];
  }

  template <class T, class Vector>
  void store(const Vector& from, unsigned char* to) const {
    std::memcpy(to, &from, bytes_of<T>());
  }

  /** What to take out of a row's sums. All may wrap on the way: what is left fits. */
  void set_excess(Words& excess, int row) const {
    excess = Words{};
    if (stage_.column_sums != nullptr) {
      const std::int32_t zero = stage_.row_zeros.values == nullptr ? 0 : stage_.row_zeros.at(call_.row + row);
      excess = (static_cast<std::uint32_t>(zero) + static_cast<std::uint32_t>(stage_.shift)) * column_sums_;
    }
    if (stage_.column_zeros.values != nullptr) {
      excess += static_cast<std::uint32_t>(call_.row_terms[row]) * column_zeros_;
    }
  }

  void set_scales(Floats& scales, int row) const {
    float factor = call_.alpha;
    if (stage_.row_scales.values != nullptr) factor *= stage_.row_scales.at(call_.row + row);
    scales = factor * scales_;
  }

  /** kAlike: rows differ in nothing but their sums. */
  template <bool kAlike, class Sum>
  void finish_rows(const Sum* sums, int stride, int rows) const {
    const std::int64_t c_stride = call_.c_stride * element_bytes(outputs_);
    unsigned char* c = c_;
    Words excess;
    Floats scales;
    set_excess(excess, 0);
    set_scales(scales, 0);
    for (int row = 0; row < rows; ++row, sums += stride, c += c_stride) {
      if constexpr (!kAlike) {
        set_excess(excess, row);
        set_scales(scales, row);
      }
      Floats values;
      if constexpr (std::is_same_v<Sum, float>) {
        load(values, sums);
      } else {
        Words words;
        load(words, sums);
        words -= excess;
        if (outputs_ == ElementType::s32) {
          store<std::int32_t>(words, c);
          continue;
        }
        const Ints whole = __builtin_bit_cast(Ints, words);
        values = __builtin_convertvector(whole, Floats);
      }
      values *= scales;
      if constexpr (!kAlike) add_before(values, c);
      values += bias_;
      if constexpr (!kAlike) add_addend(values, row);
      values = values < low_ ? low_ : values;  // a NaN compares with nothing and stays
      values = values > high_ ? high_ : values;
      if (outputs_ == ElementType::f32) {
        store<float>(values, c);
      } else if (outputs_ == ElementType::bf16) {
        store_bf16(values, c);
      } else {
        store_bytes(values, c);
      }
    }
  }

  void add_before(Floats& values, const unsigned char* c) const {
    if (call_.beta == 0.0f) return;
    Floats before;
    load(before, reinterpret_cast<const float*>(c));
    values += call_.beta * before;
  }

  void add_addend(Floats& values, int row) const {
    if (addend_ == nullptr) return;
    Floats addend;
    load(addend, addend_ + (call_.row + row) * stage_.epilogue.addend_stride);
    values += addend;
  }

  /** As to_bf16. */
  void store_bf16(const Floats& values, unsigned char* to) const {
    const Words bits = __builtin_bit_cast(Words, values);
    const Words rounded = bits + 0x7fff + (bits >> 16 & 1);
    const Words narrow = ((bits & 0x7fffffff) > 0x7f800000 ? bits | 0x400000 : rounded) >> 16;
    store<Bf16>(__builtin_convertvector(narrow, typename Lanes<kLanes>::Halves), to);
  }

  /** NaN becomes the lowest. */
  void store_bytes(const Floats& values, unsigned char* to) const {
    Floats scaled = values / output_scale_;
    scaled = scaled > lowest_ ? scaled : lowest_;
    scaled = scaled < highest_ ? scaled : highest_;
    // Within a few hundred of 0, so that the sum has no bits left for fractions: rounded to the nearest, ties
    // to even, as additions are.
    scaled = (scaled + 12582912.0f) - 12582912.0f;
    const Ints rounded = __builtin_convertvector(scaled, Ints) + output_zero_;
    store<std::uint8_t>(__builtin_convertvector(rounded, typename Lanes<kLanes>::Bytes), to);
  }

  const MicroTileCall& call_;
  const OutputStage& stage_;
  ElementType outputs_;
  std::int64_t column_;
  int count_;
  unsigned char* c_;
  // What isn't given changes nothing: x + -0 is x, of 0 and -0 too.
  Words column_sums_{}, column_zeros_{};
  Floats scales_ = Floats{} + 1.0f, bias_ = -Floats{};
  Floats low_ = Floats{} - __builtin_inff(), high_ = Floats{} + __builtin_inff();
  Floats lowest_, highest_, output_scale_;
  Ints output_zero_;
  const float* addend_ = nullptr;
};

/** `sums`: rows of kNr, of which call.columns hold something. */
template <int kNr, class Sum>
__attribute__((noinline)) void finish_tile(const MicroTileCall& call, const Sum* sums, int rows) {
  constexpr int kLanes = kNr < 16 ? kNr : 16;
  int j = 0;
  for (; j + kLanes <= call.columns; j += kLanes) {
    FinishColumns<kLanes, true>(call, j, kLanes)(sums + j, kNr, rows);
  }
  if (j < call.columns) FinishColumns<kLanes, false>(call, j, call.columns - j)(sums + j, kNr, rows);
}

}  // namespace
}  // namespace rooftile::gemm
