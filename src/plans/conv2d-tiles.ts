import type { Isa } from '../machine/types.js';

/** A register tile: output columns × output channels. */
export interface Conv2dTileSize {
  qr: number;
  kr: number;
}

/**
 * The register tiles of cpp/conv/micro_tiles.h, the usual choice first: predictions must know them where no addon can be
 * built. A test holds the two lists together.
 */
export const CONV2D_TILES: Readonly<Record<Isa, readonly Conv2dTileSize[]>> = {
  scalar: [{ qr: 4, kr: 4 }],
  avx2: [{ qr: 6, kr: 16 }],
  avx512: [{ qr: 14, kr: 32 }],
};

/** The same of depthwise convolutions: a tile is one block of channels wide. */
export const DEPTHWISE_TILES: Readonly<Record<Isa, readonly Conv2dTileSize[]>> = {
  scalar: [{ qr: 4, kr: 4 }],
  avx2: [{ qr: 12, kr: 8 }],
  avx512: [{ qr: 14, kr: 16 }],
};

/**
 * Depthwise filters up to so wide have kernels that load a column of inputs once for all taps of a filter row; also from
 * cpp/conv/micro_tiles.h.
 */
export const MOST_ROW_TAPS: Readonly<Record<Isa, number>> = { scalar: 0, avx2: 3, avx512: 5 };

/** Channels side by side in blocked arrays, also from cpp/conv/micro_tiles.h. */
export const CHANNEL_BLOCK: Readonly<Record<Isa, number>> = { scalar: 4, avx2: 8, avx512: 16 };
