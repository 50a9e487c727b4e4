#include "gemm/micro_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/scalar.h"

namespace rooftile::gemm {
namespace {

#define ROOFTILE_TILE(mr, nr)                                                \
  micro_tile<ScalarVector, Bf16, mr, nr, ROOFTILE_PANEL_SCALAR>(Isa::scalar, \
                                                                "f32_bf16_gemm_ukr_" #mr "x" #nr "_scalar"),
constexpr MicroTile kBf16Tiles[] = {ROOFTILE_TILES_SCALAR(ROOFTILE_TILE)};
#undef ROOFTILE_TILE
#define ROOFTILE_TILE(mr, nr)                                           \
  micro_tile<ScalarVector, std::int8_t, mr, nr, ROOFTILE_PANEL_SCALAR>( \
      Isa::scalar, "f32_s8_gemm_ukr_" #mr "x" #nr "_scalar"),
constexpr MicroTile kS8Tiles[] = {ROOFTILE_TILES_SCALAR(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const MicroTile> f32_bf16_tiles_scalar() {
  return kBf16Tiles;
}

std::span<const MicroTile> f32_s8_tiles_scalar() {
  return kS8Tiles;
}

}  // namespace rooftile::gemm
