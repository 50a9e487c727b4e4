#include "gemm/dot_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/dot_avx512vnni.h"

namespace rooftile::gemm {
namespace {
using Int8 = DotKernels<Avx512Vnni, ROOFTILE_PANEL_AVX512>;
}  // namespace

ROOFTILE_TILE_LIST(int8_tiles_avx512vnni, ROOFTILE_TILES_AVX512, Int8, avx512, "int8_gemm", "avx512vnni")

}  // namespace rooftile::gemm
