// Element types of a GEMM, the arithmetic that they ask for, and how that arithmetic lays out its packed
// operands.
#pragma once

#include <cstdint>

#include "machine/isa.h"

namespace rooftile::gemm {

enum class ElementType { f32, bf16, u8, s8, s32 };

constexpr std::int64_t element_bytes(ElementType type) {
  switch (type) {
    case ElementType::f32:
    case ElementType::s32:
      return 4;
    case ElementType::bf16:
      return 2;
    case ElementType::u8:
    case ElementType::s8:
      break;
  }
  return 1;
}

struct GemmTypes {
  ElementType inputs = ElementType::f32;
  ElementType weights = ElementType::f32;
  ElementType outputs = ElementType::f32;
  bool operator==(const GemmTypes&) const = default;
};

/**
 * What the micro-kernels multiply and sum. `f32_bf16` and `f32_s8` widen the weights to fp32 as they load
 * them; `bf16` multiplies pairs of bf16 into fp32, `int8` bytes into s32.
 */
enum class Arithmetic { f32, f32_bf16, f32_s8, bf16, int8 };
constexpr int kArithmetics = 5;

/**
 * The packed operands of an arithmetic on an ISA. A micro-kernel takes `k_group` elements of K a step: packed
 * inputs are [kc/k_group][mr][k_group], packed weights [K/k_group][panel][k_group], the last group filled up
 * with zeros. A *cell* is the k_group elements of one row or column.
 */
struct Format {
  std::int64_t k_group = 1, input_bytes = 4, weight_bytes = 4;
  constexpr std::int64_t steps(std::int64_t k) const { return (k + k_group - 1) / k_group; }
  constexpr std::int64_t input_cell() const { return k_group * input_bytes; }
  constexpr std::int64_t weight_cell() const { return k_group * weight_bytes; }
};

/**
 * AVX-512 has instructions for groups of four bytes and of two bf16. Without them bytes are multiplied as
 * pairs of 16-bit numbers, whose products can't saturate as those of vpmaddubsw do, and bf16 as fp32.
 * src/plans/gemm-types.ts has the same table.
 */
constexpr Format format_of(Arithmetic arithmetic, Isa isa) {
  const bool dots = isa == Isa::avx512;
  switch (arithmetic) {
    case Arithmetic::f32:
      break;
    case Arithmetic::f32_bf16:
      return {1, 4, 2};
    case Arithmetic::f32_s8:
      return {1, 4, 1};
    case Arithmetic::bf16:
      return dots ? Format{2, 2, 2} : Format{1, 4, 2};
    case Arithmetic::int8:
      return dots ? Format{4, 1, 1} : Format{2, 2, 1};
  }
  return {};
}

/** Meaningful for types that `types_error` accepts. */
constexpr Arithmetic arithmetic_of(const GemmTypes& types) {
  if (types.inputs == ElementType::bf16) return Arithmetic::bf16;
  if (types.inputs != ElementType::f32) return Arithmetic::int8;
  if (types.weights == ElementType::bf16) return Arithmetic::f32_bf16;
  return types.weights == ElementType::s8 ? Arithmetic::f32_s8 : Arithmetic::f32;
}

/** True if there are kernels for them. */
constexpr bool types_known(const GemmTypes& types) {
  using enum ElementType;
  const auto& [inputs, weights, outputs] = types;
  if (inputs == f32) return outputs == f32 && (weights == f32 || weights == bf16 || weights == s8);
  if (inputs == bf16) return weights == bf16 && (outputs == f32 || outputs == bf16);
  return (inputs == u8 || inputs == s8) && weights == s8 && outputs != bf16;
}

/**
 * vpdpbusd takes unsigned bytes from one side: signed inputs are packed with 128 added, which the sums of the
 * weights' columns take out again.
 */
constexpr std::int32_t input_shift(const GemmTypes& types, const Format& format) {
  return types.inputs == ElementType::s8 && format.input_bytes == 1 ? 128 : 0;
}

/** True if the kernels read inputs only from packed blocks: groups, and bf16 that are to become fp32. */
constexpr bool needs_packed_inputs(const GemmTypes& types) {
  return types.inputs != ElementType::f32;
}

}  // namespace rooftile::gemm
