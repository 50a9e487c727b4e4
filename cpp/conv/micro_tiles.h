// The list of register tiles: one line registers a tile, its kernels for every count of columns, and its
// tests. X(qr, kr): output columns × output channels. src/plans/conv2d-tiles.ts repeats the numbers for the
// planner, which must work where no addon can be built; a test holds the two together.
#pragma once

// Channels side by side in blocked arrays: a vector; for scalar code, a tile's.
#define ROOFTILE_CONV_BLOCK_SCALAR 4
#define ROOFTILE_CONV_BLOCK_AVX2 8
#define ROOFTILE_CONV_BLOCK_AVX512 16

// As for GEMM: qr × kr / lanes accumulators, the vectors of weights, one of inputs.
#define ROOFTILE_CONV_TILES_SCALAR(X) X(4, 4)
#define ROOFTILE_CONV_TILES_AVX2(X) X(6, 16)
#define ROOFTILE_CONV_TILES_AVX512(X) X(14, 32)

// Depthwise, a tile is one block wide: qr accumulators, one vector of weights, the inputs as operands of the
// multiply-adds. X(qr, kr, most taps): up to so many, the weights of a filter row are in registers beside the
// accumulators and a vector of inputs, which is loaded once for all of them.
#define ROOFTILE_DEPTHWISE_TILES_SCALAR(X) X(4, 4, 0)
#define ROOFTILE_DEPTHWISE_TILES_AVX2(X) X(12, 8, 3)
#define ROOFTILE_DEPTHWISE_TILES_AVX512(X) X(14, 16, 5)
