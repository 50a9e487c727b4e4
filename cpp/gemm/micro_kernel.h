// The micro-kernel: one mr×nr tile of C in registers, over kc steps. What all ISAs offer, behind one table.
#pragma once

#include <cstdint>
#include <span>

#include "gemm/output_stage.h"
#include "gemm/types.h"
#include "machine/isa.h"

namespace rooftile::gemm {

/** Streams in which the next panel is prefetched: see prefetch.h. */
constexpr int kNextStreams = 4;

/**
 * C[rows×columns] = alpha · A·B + beta · C for one micro-tile; beta = 0 overwrites (NaN in C is not read).
 * Its numbers count *cells* (Format): elements, where K isn't grouped.
 */
struct MicroTileCall {
  /** Steps over K. */
  std::int64_t kc;
  const void* a;
  /** Packed A: cells from one step to the next. Unpacked A: elements from one row to the next. */
  std::int64_t a_stride;
  const void* b;
  /** Cells from one step to the next, and from one panel's columns to the next panel's. */
  std::int64_t b_stride;
  std::int64_t b_panel_stride;
  void* c;
  std::int64_t c_stride;  // elements
  float alpha;
  float beta;
  /** Valid columns: nr, or 1..nr for a tile of one panel. Packed B is zero-padded; unpacked B isn't read past
   * them. */
  int columns;
  /** What a tile of one panel prefetches meanwhile: `next_rows` rows of the panel at `next`, one a step, in
   * kNextStreams streams by turns, which start `next_jump` cells apart. It may lie behind the array. */
  const void* next;
  std::int64_t next_jump;
  std::int64_t next_rows;
  /** Null: the sums are the outputs. Else what is done with them; `last`: K is complete. */
  const OutputStage* stage;
  bool last;
  /** For the stage: the tile's first row and column in C, and the terms of its rows. */
  std::int64_t row, column;
  const std::int32_t* row_terms;
};

using MicroKernel = void (*)(const MicroTileCall&);

/**
 * One register tile of one ISA, with a kernel for every row count. `name` is its specification. Only tiles of
 * one panel take fewer columns than nr: what is left of a wide tile is done panel by panel.
 */
struct MicroTile {
  Isa isa;
  int mr;
  int nr;
  int panel;
  const char* name;
  /** kernels[packed_a][masked_b][rows - 1]; masked_b, which loads B under a mask, only for tiles of one
   * panel. */
  const MicroKernel* kernels[2][2];
  /** Alike, for at most half of the columns of a panel, of which they read no more; null if there are none.
   */
  const MicroKernel* half_kernels[2][2] = {};

  bool takes_half(std::int64_t columns) const {
    return half_kernels[0][0] != nullptr && 2 * columns <= panel;
  }
  MicroKernel kernel(int rows, bool packed_a, bool masked_b, int columns) const {
    return (takes_half(columns) ? half_kernels : kernels)[packed_a][masked_b][rows - 1];
  }
};

/** Kernels of one arithmetic on one ISA, and whether this CPU has the instructions that they use. */
struct KernelList {
  Arithmetic arithmetic;
  Isa isa;
  bool (*usable)();
  std::span<const MicroTile> (*tiles)();
};

/** All that are built; of an arithmetic and an ISA the first that is usable is taken. */
std::span<const KernelList> kernel_lists();

/**
 * The tiles of an arithmetic on an ISA, the planner's usual choice first; that one is a panel wide and has
 * the most rows.
 */
std::span<const MicroTile> micro_tiles(Arithmetic arithmetic, Isa isa);

/** The tile nr wide that has at least mr rows, or nullptr: a plan may use less than all rows of a tile. */
const MicroTile* find_micro_tile(Arithmetic arithmetic, Isa isa, std::int64_t mr, std::int64_t nr);

// Each is defined by the object of its ISA; x86 only but for the scalar ones.
#define ROOFTILE_MICRO_TILES(isa)                    \
  std::span<const MicroTile> micro_tiles_##isa();    \
  std::span<const MicroTile> f32_bf16_tiles_##isa(); \
  std::span<const MicroTile> f32_s8_tiles_##isa();   \
  std::span<const MicroTile> int8_tiles_##isa();
ROOFTILE_MICRO_TILES(scalar)
ROOFTILE_MICRO_TILES(avx2)
ROOFTILE_MICRO_TILES(avx512)
#undef ROOFTILE_MICRO_TILES
std::span<const MicroTile> bf16_tiles_avx512();
std::span<const MicroTile> int8_tiles_avx512vnni();
std::span<const MicroTile> bf16_tiles_avx512bf16();

}  // namespace rooftile::gemm
