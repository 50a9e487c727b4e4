import type { Isa } from '../machine/types.js';
import type { MicroTileSize } from './micro-tiles.js';

/**
 * The register tiles of cpp/rnn/step_tiles.h, rows of the batch × hidden units, the one with the most rows first. A test
 * holds the two lists together.
 */
export const RNN_TILES: Readonly<Record<Isa, readonly MicroTileSize[]>> = {
  scalar: [
    { mr: 2, nr: 2 },
    { mr: 1, nr: 4 },
  ],
  avx2: [
    { mr: 3, nr: 8 },
    { mr: 1, nr: 16 },
  ],
  avx512: [
    { mr: 6, nr: 16 },
    { mr: 3, nr: 32 },
    { mr: 1, nr: 64 },
  ],
};

/** Hidden units of a panel of packed recurrent weights: a vector of each gate. */
export const RNN_PANEL: Readonly<Record<Isa, number>> = { scalar: 1, avx2: 8, avx512: 16 };
