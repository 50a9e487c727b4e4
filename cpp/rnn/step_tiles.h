// The list of register tiles of the recurrent product: X(mr, nr), rows of the batch and hidden units a call
// takes at most. One line registers a tile, its kernels for every cell and tail, and its tests.
// src/plans/rnn-tiles.ts repeats the numbers for the planner; a test holds the two together.
#pragma once

// Units of a panel of packed recurrent weights: a vector of each gate.
#define ROOFTILE_RNN_PANEL_SCALAR 1
#define ROOFTILE_RNN_PANEL_AVX2 8
#define ROOFTILE_RNN_PANEL_AVX512 16

// Accumulators number mr · nr/panel · gates, up to four gates. The wide tiles are for few rows, where the
// weights are the traffic: they read several panels at once, each a stream of its own.
#define ROOFTILE_RNN_TILES_SCALAR(X) X(2, 2) X(1, 4)
#define ROOFTILE_RNN_TILES_AVX2(X) X(3, 8) X(1, 16)
#define ROOFTILE_RNN_TILES_AVX512(X) X(6, 16) X(3, 32) X(1, 64)
