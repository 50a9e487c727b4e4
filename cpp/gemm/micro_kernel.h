// The micro-kernel: one mr×nr tile of C in registers, over kc steps. What all ISAs offer, behind one table.
#pragma once

#include <cstdint>
#include <span>

#include "machine/isa.h"

namespace rooftile::gemm {

/** C[rows×columns] = alpha · A·B + beta · C for one micro-tile; beta = 0 overwrites (NaN in C is not read).
 */
struct MicroTileCall {
  std::int64_t kc;
  const float* a;
  /** Packed A: elements from one k to the next. Unpacked A: elements from one row to the next. */
  std::int64_t a_stride;
  const float* b;
  /** Elements from one k to the next, and from one panel's columns to the next panel's. */
  std::int64_t b_stride;
  std::int64_t b_panel_stride;
  float* c;
  std::int64_t c_stride;
  float alpha;
  float beta;
  /** Valid columns: nr, or 1..nr for a tile of one panel. Packed B is zero-padded; unpacked B isn't read past
   * them. */
  int columns;
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

  MicroKernel kernel(int rows, bool packed_a, bool masked_b) const {
    return kernels[packed_a][masked_b][rows - 1];
  }
};

/** The tiles of one ISA, the planner's usual choice first; that one is a panel wide and has the most rows. */
std::span<const MicroTile> micro_tiles(Isa isa);

/** The tile mr×nr of `isa`, or nullptr. */
const MicroTile* find_micro_tile(Isa isa, std::int64_t mr, std::int64_t nr);

// Each is defined by the object of its ISA; x86 only but for the scalar ones.
std::span<const MicroTile> micro_tiles_scalar();
std::span<const MicroTile> micro_tiles_avx2();
std::span<const MicroTile> micro_tiles_avx512();

}  // namespace rooftile::gemm
