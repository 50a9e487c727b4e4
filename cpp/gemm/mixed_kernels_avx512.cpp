#include "gemm/micro_kernel_body.h"
#include "gemm/micro_tiles.h"
#ifdef ROOFTILE_EMULATE_AVX512
#include "simd/avx512_emulated.h"
#else
#include "simd/avx512.h"
#endif

namespace rooftile::gemm {
namespace {

#define ROOFTILE_TILE(mr, nr)                                                \
  micro_tile<Avx512Vector, Bf16, mr, nr, ROOFTILE_PANEL_AVX512>(Isa::avx512, \
                                                                "f32_bf16_gemm_ukr_" #mr "x" #nr "_avx512"),
constexpr MicroTile kBf16Tiles[] = {ROOFTILE_TILES_AVX512(ROOFTILE_TILE)};
#undef ROOFTILE_TILE
#define ROOFTILE_TILE(mr, nr)                                           \
  micro_tile<Avx512Vector, std::int8_t, mr, nr, ROOFTILE_PANEL_AVX512>( \
      Isa::avx512, "f32_s8_gemm_ukr_" #mr "x" #nr "_avx512"),
constexpr MicroTile kS8Tiles[] = {ROOFTILE_TILES_AVX512(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const MicroTile> f32_bf16_tiles_avx512() {
  return kBf16Tiles;
}

std::span<const MicroTile> f32_s8_tiles_avx512() {
  return kS8Tiles;
}

}  // namespace rooftile::gemm
