#include "gemm/dot_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/dot_avx512bf16.h"

namespace rooftile::gemm {
namespace {

#define ROOFTILE_TILE(mr, nr)                                         \
  dot_tile<Avx512DotBf16, mr, nr, ROOFTILE_PANEL_AVX512>(Isa::avx512, \
                                                         "bf16_gemm_ukr_" #mr "x" #nr "_avx512bf16"),
constexpr MicroTile kTiles[] = {ROOFTILE_TILES_AVX512(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const MicroTile> bf16_tiles_avx512bf16() {
  return kTiles;
}

}  // namespace rooftile::gemm
