#include "gemm/micro_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/avx2.h"

namespace rooftile::gemm {
namespace {
using Bf16Weights = Fp32Kernels<Avx2Vector, Bf16, ROOFTILE_PANEL_AVX2>;
using S8Weights = Fp32Kernels<Avx2Vector, std::int8_t, ROOFTILE_PANEL_AVX2>;
}  // namespace

ROOFTILE_TILE_LIST(f32_bf16_tiles_avx2, ROOFTILE_TILES_AVX2, Bf16Weights, avx2, "f32_bf16_gemm", "avx2")
ROOFTILE_TILE_LIST(f32_s8_tiles_avx2, ROOFTILE_TILES_AVX2, S8Weights, avx2, "f32_s8_gemm", "avx2")

}  // namespace rooftile::gemm
