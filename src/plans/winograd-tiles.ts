import type { Isa } from '../machine/types.js';
import type { Conv2dTileSize } from './conv2d-tiles.js';

/**
 * Register tiles of Winograd's products, output tiles × filters, as cpp/conv/winograd_tiles.h lists them, the usual choice
 * first. A test holds the two lists together.
 */
export const WINOGRAD_TILES: Readonly<Record<Isa, readonly Conv2dTileSize[]>> = {
  scalar: [{ qr: 4, kr: 4 }],
  avx2: [{ qr: 6, kr: 16 }],
  avx512: [{ qr: 14, kr: 32 }],
};
