// The list of register tiles: one line registers a tile, its kernels for every tail, its tests and its
// benchmark. X(mr, nr), the usual tile first; it is one panel wide. src/plans/micro-tiles.ts repeats the
// numbers for the planner, which must work where no addon can be built; a test holds the two together.
#pragma once

// Width of a panel of packed weights, in floats. A tile wider than a panel reads several panels at once, each
// a stream of its own: repeated, 1×4096×4096 ran at 32 GB/s in four streams and at 20 GB/s in one (Zen 3,
// one core, where a read of all lines reaches 33), because every stream has a hardware prefetcher to itself.
// Software prefetch in the one stream made it worse (15 to 18 GB/s at 1 to 4 KiB ahead).
#define ROOFTILE_PANEL_SCALAR 4
#define ROOFTILE_PANEL_AVX2 16
#define ROOFTILE_PANEL_AVX512 32

#define ROOFTILE_TILES_SCALAR(X) X(4, 4) X(1, 8)

// Sixteen registers: mr·nr/8 accumulators, the vectors of B, one of A. 6×16 has the fewest loads per FMA that
// fit; the wide ones read each line of the weights once for few rows.
#define ROOFTILE_TILES_AVX2(X) X(6, 16) X(3, 32) X(1, 64)

// Thirty-two registers. 14×32 moves the fewest bytes; 6×64 issues the fewest loads.
#define ROOFTILE_TILES_AVX512(X) X(14, 32) X(6, 64) X(2, 128)
