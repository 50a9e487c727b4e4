// The list of register tiles: one line registers a tile, its kernels for every tail, its tests and its
// benchmark. X(mr, nr). src/plans/micro-tiles.ts repeats mr and nr for the planner, which must work where no
// addon can be built; a test holds the two together.
#pragma once

#define ROOFTILE_TILES_SCALAR(X) X(4, 4) X(1, 8)

// Sixteen registers: mr·nr/8 accumulators, the vectors of B, one of A. 6×16 has the fewest loads per FMA that
// fit; the wide ones read each line of the weights once for few rows.
#define ROOFTILE_TILES_AVX2(X) X(6, 16) X(4, 24) X(3, 32) X(2, 48) X(1, 64)

// Thirty-two registers. 14×32 moves the fewest bytes; 8×48 and 6×64 issue the fewest loads.
#define ROOFTILE_TILES_AVX512(X) X(14, 32) X(8, 48) X(6, 64) X(4, 96) X(2, 128) X(1, 128)
