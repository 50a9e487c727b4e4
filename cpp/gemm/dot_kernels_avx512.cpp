#include "gemm/dot_kernel_body.h"
#include "gemm/micro_tiles.h"
#ifdef ROOFTILE_EMULATE_AVX512
#include "simd/dot_avx512_emulated.h"
#else
#include "simd/dot_avx512.h"
#endif

namespace rooftile::gemm {
namespace {
using Int8 = DotKernels<Avx512Bytes, ROOFTILE_PANEL_AVX512>;
using Bf16Pairs = DotKernels<Avx512Bf16, ROOFTILE_PANEL_AVX512>;
}  // namespace

ROOFTILE_TILE_LIST(int8_tiles_avx512, ROOFTILE_TILES_AVX512, Int8, avx512, "int8_gemm", "avx512")
ROOFTILE_TILE_LIST(bf16_tiles_avx512, ROOFTILE_TILES_AVX512, Bf16Pairs, avx512, "bf16_gemm", "avx512")

}  // namespace rooftile::gemm
