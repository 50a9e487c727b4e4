#include "gemm/micro_kernel_body.h"
#include "gemm/micro_tiles.h"
#ifdef ROOFTILE_EMULATE_AVX512
#include "simd/avx512_emulated.h"
#else
#include "simd/avx512.h"
#endif

namespace rooftile::gemm {
namespace {

#define ROOFTILE_TILE(mr, nr)                                                 \
  micro_tile<Avx512Vector, float, mr, nr, ROOFTILE_PANEL_AVX512>(Isa::avx512, \
                                                                 "sgemm_ukr_" #mr "x" #nr "_avx512"),
constexpr MicroTile kTiles[] = {ROOFTILE_TILES_AVX512(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const MicroTile> micro_tiles_avx512() {
  return kTiles;
}

}  // namespace rooftile::gemm
