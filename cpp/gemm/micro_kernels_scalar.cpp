#include "gemm/micro_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/scalar.h"

namespace rooftile::gemm {
namespace {

#define ROOFTILE_TILE(mr, nr)                                                 \
  micro_tile<ScalarVector, float, mr, nr, ROOFTILE_PANEL_SCALAR>(Isa::scalar, \
                                                                 "sgemm_ukr_" #mr "x" #nr "_scalar"),
constexpr MicroTile kTiles[] = {ROOFTILE_TILES_SCALAR(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const MicroTile> micro_tiles_scalar() {
  return kTiles;
}

}  // namespace rooftile::gemm
