// The list of register tiles: one line registers a tile, its kernels for every tail, its tests and its
// benchmark. X(mr, nr, what else it was given), the usual tile first; it is one panel wide.
// src/plans/micro-tiles.ts repeats the numbers for the planner, which must work where no addon can be built;
// a test holds the two together.
#pragma once

// Width of a panel of packed weights, in floats. A tile wider than a panel reads several panels at once, each
// a stream of its own: repeated, 1×4096×4096 ran at 32 GB/s in four streams and at 20 GB/s in one (Zen 3,
// one core, where a read of all lines reaches 33), because every stream has a hardware prefetcher to itself.
// Software prefetch in the one stream made it worse (15 to 18 GB/s at 1 to 4 KiB ahead).
#define ROOFTILE_PANEL_SCALAR 4
#define ROOFTILE_PANEL_AVX2 16
#define ROOFTILE_PANEL_AVX512 32

#define ROOFTILE_TILES_SCALAR(X, ...) X(4, 4, __VA_ARGS__) X(1, 8, __VA_ARGS__)

// Sixteen registers: mr·nr/8 accumulators, the vectors of B, one of A. 6×16 has the fewest loads per FMA that
// fit; the wide ones read each line of the weights once for few rows.
#define ROOFTILE_TILES_AVX2(X, ...) X(6, 16, __VA_ARGS__) X(3, 32, __VA_ARGS__) X(1, 64, __VA_ARGS__)

// Thirty-two registers. 14×32 moves the fewest bytes; 6×64 issues the fewest loads.
#define ROOFTILE_TILES_AVX512(X, ...) \
  X(14, 32, __VA_ARGS__)              \
  X(6, 64, __VA_ARGS__) X(2, 128, __VA_ARGS__)

// A function that gives the tiles of a list as Kernels::tile<mr, nr> makes them, each with its specification
// for a name: "sgemm_ukr_14x32_avx512".
#define ROOFTILE_LISTED_TILE(mr, nr, Kernels, isa, prefix, suffix) \
  Kernels::tile<mr, nr>(Isa::isa, prefix "_ukr_" #mr "x" #nr "_" suffix),
#define ROOFTILE_TILE_LIST(function, tiles, Kernels, isa, prefix, suffix)                              \
  std::span<const MicroTile> function() {                                                              \
    static constexpr MicroTile kTiles[] = {tiles(ROOFTILE_LISTED_TILE, Kernels, isa, prefix, suffix)}; \
    return kTiles;                                                                                     \
  }
