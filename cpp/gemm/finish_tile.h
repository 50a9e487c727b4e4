// The output stage of a micro-tile, after its sums were stored. Plain loops that the compiler turns into
// vectors, of one ISA's file each; no product and sum is fused, so results don't hang on the ISA.
#pragma once

#include "gemm/micro_kernel.h"
#include "simd/bf16.h"

namespace rooftile::gemm {
namespace {

/** NaN becomes `low`. */
inline std::int32_t rounded(float value, float low, float high) {
  const float above = value > low ? value : low;
  return static_cast<std::int32_t>(__builtin_rintf(above < high ? above : high));
}

/** Takes out the zero points. Sums may wrap on the way: what is left fits. */
inline void correct(const OutputStage& stage, const MicroTileCall& call, int row, int columns,
                    std::int32_t* sums) {
  const auto wrapped = [](std::int32_t x) { return static_cast<std::uint32_t>(x); };
  if (stage.column_sums != nullptr) {
    const std::int32_t zero = stage.row_zeros.values == nullptr ? 0 : stage.row_zeros.at(call.row + row);
    const std::uint32_t shifted = wrapped(zero) + wrapped(stage.shift);
    const std::int32_t* column_sums = stage.column_sums + call.column;
    for (int j = 0; j < columns; ++j) {
      sums[j] = static_cast<std::int32_t>(wrapped(sums[j]) - shifted * wrapped(column_sums[j]));
    }
  }
  if (stage.column_zeros.values != nullptr) {
    const std::uint32_t term = wrapped(call.row_terms[row]);
    for (int j = 0; j < columns; ++j) {
      const std::int32_t zero = stage.column_zeros.at(call.column + j);
      sums[j] = static_cast<std::int32_t>(wrapped(sums[j]) - wrapped(zero) * term);
    }
  }
}

inline void scale(const OutputStage& stage, const MicroTileCall& call, int row, int columns, float* values) {
  float factor = call.alpha;
  if (stage.row_scales.values != nullptr) factor *= stage.row_scales.at(call.row + row);
  if (stage.column_scales.values != nullptr && stage.column_scales.step == 1) {
    const float* scales = stage.column_scales.values + call.column;
    for (int j = 0; j < columns; ++j) values[j] *= factor * scales[j];
    return;
  }
  if (stage.column_scales.values != nullptr) factor *= stage.column_scales.values[0];
  for (int j = 0; j < columns; ++j) values[j] *= factor;
}

inline void apply(const Epilogue& epilogue, const MicroTileCall& call, int row, int columns, float* values) {
  if (epilogue.bias != nullptr) {
    for (int j = 0; j < columns; ++j) values[j] += epilogue.bias[call.column + j];
  }
  if (epilogue.addend != nullptr) {
    const float* addend = epilogue.addend + (call.row + row) * epilogue.addend_stride + call.column;
    for (int j = 0; j < columns; ++j) values[j] += addend[j];
  }
  if (epilogue.clips()) {
    const float low = epilogue.low, high = epilogue.high;
    for (int j = 0; j < columns; ++j) {  // a NaN compares with nothing and stays
      const float above = values[j] < low ? low : values[j];
      values[j] = above > high ? high : above;
    }
  }
}

template <class Byte>
void store_bytes(const OutputStage& stage, int columns, const float* values, float low, float high,
                 Byte* to) {
  // Copies: bytes may alias anything, and a stage that is read again after each of them makes no vectors.
  // 1024³ of u8·s8→u8 on Zen 4, one run: 373 → 429 Gop/s.
  const std::int32_t zero = stage.output_zero;
  const float output_scale = stage.output_scale;
  const float lowest = low - static_cast<float>(zero), highest = high - static_cast<float>(zero);
  for (int j = 0; j < columns; ++j) {
    to[j] = static_cast<Byte>(rounded(values[j] / output_scale, lowest, highest) + zero);
  }
}

inline void store(const OutputStage& stage, const MicroTileCall& call, int row, int columns,
                  const float* values) {
  const std::int64_t at = row * call.c_stride;
  switch (stage.outputs) {
    case ElementType::f32: {
      float* to = static_cast<float*>(call.c) + at;
      for (int j = 0; j < columns; ++j) to[j] = values[j];
      return;
    }
    case ElementType::bf16: {
      Bf16* to = static_cast<Bf16*>(call.c) + at;
      for (int j = 0; j < columns; ++j) to[j] = to_bf16(values[j]);
      return;
    }
    case ElementType::u8:
      return store_bytes(stage, columns, values, 0.0f, 255.0f, static_cast<std::uint8_t*>(call.c) + at);
    case ElementType::s8:
      return store_bytes(stage, columns, values, -128.0f, 127.0f, static_cast<std::int8_t*>(call.c) + at);
    case ElementType::s32:
      return;  // stored as they were summed
  }
}

inline void finish_row(const MicroTileCall& call, int row, int columns, float* sums) {
  const OutputStage& stage = *call.stage;
  scale(stage, call, row, columns, sums);
  if (call.beta != 0.0f) {
    const float* c = static_cast<const float*>(call.c) + row * call.c_stride;
    for (int j = 0; j < columns; ++j) sums[j] += call.beta * c[j];
  }
  if (call.last) apply(stage.epilogue, call, row, columns, sums);
  store(stage, call, row, columns, sums);
}

template <int kMost>
void finish_row(const MicroTileCall& call, int row, int columns, std::int32_t* sums) {
  const OutputStage& stage = *call.stage;
  correct(stage, call, row, columns, sums);
  if (stage.outputs == ElementType::s32) {
    std::int32_t* to = static_cast<std::int32_t*>(call.c) + row * call.c_stride;
    for (int j = 0; j < columns; ++j) to[j] = sums[j];
    return;
  }
  float values[kMost];
  for (int j = 0; j < columns; ++j) values[j] = static_cast<float>(sums[j]);
  finish_row(call, row, columns, values);
}

/** `sums`: rows of kNr, of which call.columns hold something. */
template <int kNr>
__attribute__((noinline)) void finish_tile(const MicroTileCall& call, float* sums, int rows) {
  for (int i = 0; i < rows; ++i) {
    // A constant length is a short straight piece of vectors.
    if (call.columns == kNr) {
      finish_row(call, i, kNr, sums + i * kNr);
    } else {
      finish_row(call, i, call.columns, sums + i * kNr);
    }
  }
}

template <int kNr>
__attribute__((noinline)) void finish_tile(const MicroTileCall& call, std::int32_t* sums, int rows) {
  for (int i = 0; i < rows; ++i) {
    if (call.columns == kNr) {
      finish_row<kNr>(call, i, kNr, sums + i * kNr);
    } else {
      finish_row<kNr>(call, i, call.columns, sums + i * kNr);
    }
  }
}

}  // namespace
}  // namespace rooftile::gemm
