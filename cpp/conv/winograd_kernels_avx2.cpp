#include "conv/winograd_kernel_body.h"
#include "conv/winograd_tiles.h"
#include "simd/avx2.h"

namespace rooftile::conv {
namespace {

#define ROOFTILE_TILE(mr, kr) \
  winograd_tile<Avx2Vector, mr, kr, ROOFTILE_CONV_BLOCK_AVX2>(Isa::avx2, "swino_ukr_" #mr "x" #kr "_avx2"),
constexpr WinogradTile kTiles[] = {ROOFTILE_WINOGRAD_TILES_AVX2(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const WinogradTile> winograd_tiles_avx2() {
  return kTiles;
}

}  // namespace rooftile::conv
