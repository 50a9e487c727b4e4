// The list of register tiles of the recurrent product: X(mr, nr, what else it was given), rows of the batch
// and hidden units a call takes at most. One line registers a tile, its kernels for every cell and tail, and
// its tests. src/plans/rnn-tiles.ts repeats the numbers for the planner; a test holds the two together.
#pragma once

// Units of a panel of packed recurrent weights: a vector of each gate.
#define ROOFTILE_RNN_PANEL_SCALAR 1
#define ROOFTILE_RNN_PANEL_AVX2 8
#define ROOFTILE_RNN_PANEL_AVX512 16

// Accumulators number mr · nr/panel · gates, up to four gates. The wide tiles are for few rows, where the
// weights are the traffic: they read several panels at once, each a stream of its own.
#define ROOFTILE_RNN_TILES_SCALAR(X, ...) X(2, 2, __VA_ARGS__) X(1, 4, __VA_ARGS__)
#define ROOFTILE_RNN_TILES_AVX2(X, ...) X(3, 8, __VA_ARGS__) X(1, 16, __VA_ARGS__)
#define ROOFTILE_RNN_TILES_AVX512(X, ...) X(6, 16, __VA_ARGS__) X(3, 32, __VA_ARGS__) X(1, 64, __VA_ARGS__)

// A function that gives the kernels of a list for recurrent weights of type Weight, each tile with its
// specification for a name: "srnn_ukr_6x16_avx512".
#define ROOFTILE_LISTED_STEP_TILE(mr, nr, Vector, Weight, isa, prefix, suffix) \
  step_tile<Vector, Weight, mr, nr>(Isa::isa, prefix "_ukr_" #mr "x" #nr "_" suffix),
#define ROOFTILE_STEP_KERNELS(function, tiles, panel, Vector, Weight, isa, prefix, suffix)   \
  const StepKernels& function() {                                                            \
    static_assert(Vector::kLanes == panel, "a panel is a vector of each gate");              \
    static constexpr StepTile kTiles[] = {                                                   \
        tiles(ROOFTILE_LISTED_STEP_TILE, Vector, Weight, isa, prefix, suffix)};              \
    static constexpr StepKernels kKernels = {kTiles, &sigmoid_of<Vector>, &tanh_of<Vector>}; \
    return kKernels;                                                                         \
  }
