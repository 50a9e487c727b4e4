#include "gemm/micro_kernel_body.h"
#include "gemm/micro_tiles.h"
#ifdef ROOFTILE_EMULATE_AVX512
#include "simd/avx512_emulated.h"
#else
#include "simd/avx512.h"
#endif

namespace rooftile::gemm {
namespace {
using Bf16Weights = Fp32Kernels<Avx512Vector, Bf16, ROOFTILE_PANEL_AVX512>;
using S8Weights = Fp32Kernels<Avx512Vector, std::int8_t, ROOFTILE_PANEL_AVX512>;
}  // namespace

ROOFTILE_TILE_LIST(f32_bf16_tiles_avx512, ROOFTILE_TILES_AVX512, Bf16Weights, avx512, "f32_bf16_gemm",
                   "avx512")
ROOFTILE_TILE_LIST(f32_s8_tiles_avx512, ROOFTILE_TILES_AVX512, S8Weights, avx512, "f32_s8_gemm", "avx512")

}  // namespace rooftile::gemm
