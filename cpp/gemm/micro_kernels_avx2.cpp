#include "gemm/micro_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/avx2.h"

namespace rooftile::gemm {
namespace {

#define ROOFTILE_TILE(mr, nr) \
  micro_tile<Avx2Vector, float, mr, nr, ROOFTILE_PANEL_AVX2>(Isa::avx2, "sgemm_ukr_" #mr "x" #nr "_avx2"),
constexpr MicroTile kTiles[] = {ROOFTILE_TILES_AVX2(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const MicroTile> micro_tiles_avx2() {
  return kTiles;
}

}  // namespace rooftile::gemm
