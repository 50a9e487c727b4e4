import type { Isa } from '../machine/types.js';

export interface MicroTileSize {
  mr: number;
  nr: number;
}

/**
 * The register tiles of cpp/gemm/micro_tiles.h, the usual choice first: predictions must know them where no addon can
 * be built. A test holds the two lists together.
 */
export const MICRO_TILES: Readonly<Record<Isa, readonly MicroTileSize[]>> = {
  scalar: [
    { mr: 4, nr: 4 },
    { mr: 1, nr: 8 },
  ],
  avx2: [
    { mr: 6, nr: 16 },
    { mr: 3, nr: 32 },
    { mr: 1, nr: 64 },
  ],
  avx512: [
    { mr: 14, nr: 32 },
    { mr: 6, nr: 64 },
    { mr: 2, nr: 128 },
  ],
};

/** Columns of a panel of packed weights, also from cpp/gemm/micro_tiles.h. */
export const PANEL_WIDTH: Readonly<Record<Isa, number>> = { scalar: 4, avx2: 16, avx512: 32 };
