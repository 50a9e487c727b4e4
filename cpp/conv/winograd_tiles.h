// Winograd's register tiles, as micro_tiles.h lists those of direct convolutions. X(mr, kr): output tiles ×
// filters. src/plans/winograd-tiles.ts repeats the numbers; a test holds the two together.
#pragma once

#include "conv/micro_tiles.h"

#define ROOFTILE_WINOGRAD_TILES_SCALAR(X) X(4, 4)
#define ROOFTILE_WINOGRAD_TILES_AVX2(X) X(6, 16)
#define ROOFTILE_WINOGRAD_TILES_AVX512(X) X(14, 32)
