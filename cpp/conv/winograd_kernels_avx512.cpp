#include "conv/winograd_kernel_body.h"
#include "conv/winograd_tiles.h"
#ifdef ROOFTILE_EMULATE_AVX512
#include "simd/avx512_emulated.h"
#else
#include "simd/avx512.h"
#endif

namespace rooftile::conv {
namespace {

#define ROOFTILE_TILE(mr, kr)                                                  \
  winograd_tile<Avx512Vector, mr, kr, ROOFTILE_CONV_BLOCK_AVX512>(Isa::avx512, \
                                                                  "swino_ukr_" #mr "x" #kr "_avx512"),
constexpr WinogradTile kTiles[] = {ROOFTILE_WINOGRAD_TILES_AVX512(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const WinogradTile> winograd_tiles_avx512() {
  return kTiles;
}

}  // namespace rooftile::conv
