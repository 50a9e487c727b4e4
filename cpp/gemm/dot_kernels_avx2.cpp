#include "gemm/dot_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/dot_avx2.h"

namespace rooftile::gemm {
namespace {

#define ROOFTILE_TILE(mr, nr) \
  dot_tile<Avx2Pairs, mr, nr, ROOFTILE_PANEL_AVX2>(Isa::avx2, "int8_gemm_ukr_" #mr "x" #nr "_avx2"),
constexpr MicroTile kTiles[] = {ROOFTILE_TILES_AVX2(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const MicroTile> int8_tiles_avx2() {
  return kTiles;
}

}  // namespace rooftile::gemm
