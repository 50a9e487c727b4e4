#include "gemm/dot_kernel_body.h"
#include "gemm/micro_tiles.h"
#ifdef ROOFTILE_EMULATE_AVX512
#include "simd/dot_avx512_emulated.h"
#else
#include "simd/dot_avx512.h"
#endif

namespace rooftile::gemm {
namespace {

#define ROOFTILE_TILE(mr, nr) \
  dot_tile<Avx512Bytes, mr, nr, ROOFTILE_PANEL_AVX512>(Isa::avx512, "int8_gemm_ukr_" #mr "x" #nr "_avx512"),
constexpr MicroTile kInt8Tiles[] = {ROOFTILE_TILES_AVX512(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

#define ROOFTILE_TILE(mr, nr) \
  dot_tile<Avx512Bf16, mr, nr, ROOFTILE_PANEL_AVX512>(Isa::avx512, "bf16_gemm_ukr_" #mr "x" #nr "_avx512"),
constexpr MicroTile kBf16Tiles[] = {ROOFTILE_TILES_AVX512(ROOFTILE_TILE)};
#undef ROOFTILE_TILE

}  // namespace

std::span<const MicroTile> int8_tiles_avx512() {
  return kInt8Tiles;
}

std::span<const MicroTile> bf16_tiles_avx512() {
  return kBf16Tiles;
}

}  // namespace rooftile::gemm
