#include "conv/micro_kernel_body.h"
#include "conv/micro_tiles.h"
#include "simd/scalar.h"

namespace rooftile::conv {
namespace {

#define ROOFTILE_TILE(qr, kr)                                              \
  conv_tile<ScalarVector, qr, kr, ROOFTILE_CONV_BLOCK_SCALAR>(Isa::scalar, \
                                                              "sconv_ukr_" #qr "x" #kr "_scalar"),
#define ROOFTILE_DEPTHWISE(qr, kr, most_taps) \
  depthwise_tile<ScalarVector, qr, kr, most_taps>(Isa::scalar, "sdwconv_ukr_" #qr "x" #kr "_scalar"),
constexpr ConvTile kTiles[] = {ROOFTILE_CONV_TILES_SCALAR(ROOFTILE_TILE)
                                   ROOFTILE_DEPTHWISE_TILES_SCALAR(ROOFTILE_DEPTHWISE)};
#undef ROOFTILE_TILE
#undef ROOFTILE_DEPTHWISE

}  // namespace

std::span<const ConvTile> conv_tiles_scalar() {
  return kTiles;
}

}  // namespace rooftile::conv
