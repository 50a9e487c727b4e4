// Transposes of square tiles, a vector wide: what the copies between NCHW and the blocked layout are made of.
#pragma once

#include <cstdint>

#include "machine/isa.h"

namespace rooftile::conv {

/**
 * Transposes `tiles` tiles of a block × a block floats (conv/micro_tiles.h): to[j][i] = from[i][j]. Distances
 * in floats, from row to row and from tile to tile.
 */
using TransposeTiles = void (*)(const float* from, std::int64_t from_row, std::int64_t from_step, float* to,
                                std::int64_t to_row, std::int64_t to_step, std::int64_t tiles);

/** That of an ISA, or nullptr: without vectors of its own it has none. */
TransposeTiles transpose_tiles(Isa isa);

// Each is defined by the object of its ISA.
#ifdef ROOFTILE_X86
void transpose_tiles_avx2(const float* from, std::int64_t from_row, std::int64_t from_step, float* to,
                          std::int64_t to_row, std::int64_t to_step, std::int64_t tiles);
void transpose_tiles_avx512(const float* from, std::int64_t from_row, std::int64_t from_step, float* to,
                            std::int64_t to_row, std::int64_t to_step, std::int64_t tiles);
#endif

}  // namespace rooftile::conv
