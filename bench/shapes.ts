// The GEMM shapes of the project's anchor figures, MxNxK: what every comparison with other libraries runs.

/** Compute-bound, whole tiles. */
export const SQUARE_SHAPES = ['256x256x256', '512x512x512', '1024x1024x1024', '2048x2048x2048'];

/** Compute-bound, with tails in every dimension. */
export const RAGGED_SHAPES = ['1000x1000x1000', '123x457x789'];

/** As long as a call takes, more or less. */
export const SMALL_SHAPES = ['32x32x32', '64x64x64'];

/** A linear layer on few vectors: the weights are the traffic. */
export const FEW_ROWS_SHAPES = [1, 2, 4, 8, 16, 32, 64, 128].map((rows) => `${rows}x4096x4096`);

export const GEMM_SHAPES = [
  ...SQUARE_SHAPES,
  ...RAGGED_SHAPES,
  ...SMALL_SHAPES,
  ...FEW_ROWS_SHAPES,
  '16x4096x9216',
];
