#include "gemm/micro_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/avx2.h"

namespace rooftile::gemm {
namespace {
using F32 = Fp32Kernels<Avx2Vector, float, ROOFTILE_PANEL_AVX2>;
}  // namespace

ROOFTILE_TILE_LIST(micro_tiles_avx2, ROOFTILE_TILES_AVX2, F32, avx2, "sgemm", "avx2")

}  // namespace rooftile::gemm
