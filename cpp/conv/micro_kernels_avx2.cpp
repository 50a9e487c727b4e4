#include "conv/micro_kernel_body.h"
#include "conv/micro_tiles.h"
#include "simd/avx2.h"

namespace rooftile::conv {
namespace {

#define ROOFTILE_TILE(qr, kr) \
  conv_tile<Avx2Vector, qr, kr, ROOFTILE_CONV_BLOCK_AVX2>(Isa::avx2, "sconv_ukr_" #qr "x" #kr "_avx2"),
#define ROOFTILE_DEPTHWISE(qr, kr, most_taps) \
  depthwise_tile<Avx2Vector, qr, kr, most_taps>(Isa::avx2, "sdwconv_ukr_" #qr "x" #kr "_avx2"),
constexpr ConvTile kTiles[] = {ROOFTILE_CONV_TILES_AVX2(ROOFTILE_TILE)
                                   ROOFTILE_DEPTHWISE_TILES_AVX2(ROOFTILE_DEPTHWISE)};
#undef ROOFTILE_TILE
#undef ROOFTILE_DEPTHWISE

}  // namespace

std::span<const ConvTile> conv_tiles_avx2() {
  return kTiles;
}

}  // namespace rooftile::conv
