#include "gemm/dot_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/dot_avx512vnni.h"

namespace rooftile::gemm {
namespace {

#define ROOFTILE_TILE(mr, nr)                                      \
  dot_tile<Avx512Vnni, mr, nr, ROOFTILE_PANEL_AVX512>(Isa::avx512, \
                                                      "int8_gemm_ukr_" #mr "x" #nr "_avx512vnni"),
constexpr MicroTile kTiles[] = {ROOFTILE_TILES_AVX512(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const MicroTile> int8_tiles_avx512vnni() {
  return kTiles;
}

}  // namespace rooftile::gemm
