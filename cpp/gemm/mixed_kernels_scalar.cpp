#include "gemm/micro_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/scalar.h"

namespace rooftile::gemm {
namespace {
using Bf16Weights = Fp32Kernels<ScalarVector, Bf16, ROOFTILE_PANEL_SCALAR>;
using S8Weights = Fp32Kernels<ScalarVector, std::int8_t, ROOFTILE_PANEL_SCALAR>;
}  // namespace

ROOFTILE_TILE_LIST(f32_bf16_tiles_scalar, ROOFTILE_TILES_SCALAR, Bf16Weights, scalar, "f32_bf16_gemm",
                   "scalar")
ROOFTILE_TILE_LIST(f32_s8_tiles_scalar, ROOFTILE_TILES_SCALAR, S8Weights, scalar, "f32_s8_gemm", "scalar")

}  // namespace rooftile::gemm
