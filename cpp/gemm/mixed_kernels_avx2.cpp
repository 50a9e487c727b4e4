#include "gemm/micro_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/avx2.h"

namespace rooftile::gemm {
namespace {

#define ROOFTILE_TILE(mr, nr)                                          \
  micro_tile<Avx2Vector, Bf16, mr, nr, ROOFTILE_PANEL_AVX2>(Isa::avx2, \
                                                            "f32_bf16_gemm_ukr_" #mr "x" #nr "_avx2"),
constexpr MicroTile kBf16Tiles[] = {ROOFTILE_TILES_AVX2(ROOFTILE_TILE)};
#undef ROOFTILE_TILE
#define ROOFTILE_TILE(mr, nr)                                                 \
  micro_tile<Avx2Vector, std::int8_t, mr, nr, ROOFTILE_PANEL_AVX2>(Isa::avx2, \
                                                                   "f32_s8_gemm_ukr_" #mr "x" #nr "_avx2"),
constexpr MicroTile kS8Tiles[] = {ROOFTILE_TILES_AVX2(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const MicroTile> f32_bf16_tiles_avx2() {
  return kBf16Tiles;
}

std::span<const MicroTile> f32_s8_tiles_avx2() {
  return kS8Tiles;
}

}  // namespace rooftile::gemm
