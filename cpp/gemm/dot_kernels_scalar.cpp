#include "gemm/dot_kernel_body.h"
#include "gemm/micro_tiles.h"
#include "simd/dot_scalar.h"

namespace rooftile::gemm {
namespace {
using Int8 = DotKernels<ScalarPairs, ROOFTILE_PANEL_SCALAR>;
}  // namespace

ROOFTILE_TILE_LIST(int8_tiles_scalar, ROOFTILE_TILES_SCALAR, Int8, scalar, "int8_gemm", "scalar")

}  // namespace rooftile::gemm
