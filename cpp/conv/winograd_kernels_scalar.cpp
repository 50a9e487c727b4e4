#include "conv/winograd_kernel_body.h"
#include "conv/winograd_tiles.h"
#include "simd/scalar.h"

namespace rooftile::conv {
namespace {

#define ROOFTILE_TILE(mr, kr)                                                  \
  winograd_tile<ScalarVector, mr, kr, ROOFTILE_CONV_BLOCK_SCALAR>(Isa::scalar, \
                                                                  "swino_ukr_" #mr "x" #kr "_scalar"),
constexpr WinogradTile kTiles[] = {ROOFTILE_WINOGRAD_TILES_SCALAR(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const WinogradTile> winograd_tiles_scalar() {
  return kTiles;
}

}  // namespace rooftile::conv
