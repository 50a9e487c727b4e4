#include "gemm/dot_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/dot_avx2.h"

namespace rooftile::gemm {
namespace {
using Int8 = DotKernels<Avx2Pairs, ROOFTILE_PANEL_AVX2>;
}  // namespace

ROOFTILE_TILE_LIST(int8_tiles_avx2, ROOFTILE_TILES_AVX2, Int8, avx2, "int8_gemm", "avx2")

}  // namespace rooftile::gemm
