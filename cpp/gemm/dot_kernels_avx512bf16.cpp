#include "gemm/dot_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/dot_avx512bf16.h"

namespace rooftile::gemm {
namespace {
using Bf16Pairs = DotKernels<Avx512DotBf16, ROOFTILE_PANEL_AVX512>;
}  // namespace

ROOFTILE_TILE_LIST(bf16_tiles_avx512bf16, ROOFTILE_TILES_AVX512, Bf16Pairs, avx512, "bf16_gemm", "avx512bf16")

}  // namespace rooftile::gemm
