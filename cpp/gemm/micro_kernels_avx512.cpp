#include "gemm/micro_kernel_body.h"
#include "gemm/micro_tiles.h"
#ifdef ROOFTILE_EMULATE_AVX512
#include "simd/avx512_emulated.h"
#else
#include "simd/avx512.h"
#endif

namespace rooftile::gemm {
namespace {
using F32 = Fp32Kernels<Avx512Vector, float, ROOFTILE_PANEL_AVX512>;
}  // namespace

ROOFTILE_TILE_LIST(micro_tiles_avx512, ROOFTILE_TILES_AVX512, F32, avx512, "sgemm", "avx512")

}  // namespace rooftile::gemm
