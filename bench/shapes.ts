// The GEMM shapes of the project's anchor figures, MxNxK: what every comparison with other libraries runs.

/** Compute-bound, whole tiles. */
export const SQUARE_SHAPES = ['256x256x256', '512x512x512', '1024x1024x1024', '2048x2048x2048'];

/** A linear layer on few vectors: the weights are the traffic. */
export const FEW_ROWS_SHAPES = [1, 2, 4, 8, 16, 32, 64, 128].map((rows) => `${rows}x4096x4096`);
