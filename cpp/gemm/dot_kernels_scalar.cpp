#include "gemm/dot_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/dot_scalar.h"

namespace rooftile::gemm {
namespace {

#define ROOFTILE_TILE(mr, nr) \
  dot_tile<ScalarPairs, mr, nr, ROOFTILE_PANEL_SCALAR>(Isa::scalar, "int8_gemm_ukr_" #mr "x" #nr "_scalar"),
constexpr MicroTile kTiles[] = {ROOFTILE_TILES_SCALAR(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const MicroTile> int8_tiles_scalar() {
  return kTiles;
}

}  // namespace rooftile::gemm
