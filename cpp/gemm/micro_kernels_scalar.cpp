#include "gemm/micro_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/scalar.h"

namespace rooftile::gemm {
namespace {
using F32 = Fp32Kernels<ScalarVector, float, ROOFTILE_PANEL_SCALAR>;
}  // namespace

ROOFTILE_TILE_LIST(micro_tiles_scalar, ROOFTILE_TILES_SCALAR, F32, scalar, "sgemm", "scalar")

}  // namespace rooftile::gemm
