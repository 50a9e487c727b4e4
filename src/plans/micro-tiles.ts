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
    { mr: 4, nr: 24 },
    { mr: 3, nr: 32 },
    { mr: 2, nr: 48 },
    { mr: 1, nr: 64 },
  ],
  avx512: [
    { mr: 14, nr: 32 },
    { mr: 8, nr: 48 },
    { mr: 6, nr: 64 },
    { mr: 4, nr: 96 },
    { mr: 2, nr: 128 },
    { mr: 1, nr: 128 },
  ],
};
