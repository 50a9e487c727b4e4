#include "conv/micro_kernel_body.h"
#include "conv/micro_tiles.h"
#ifdef ROOFTILE_EMULATE_AVX512
#include "simd/avx512_emulated.h"
#else
#include "simd/avx512.h"
#endif

namespace rooftile::conv {
namespace {

#define ROOFTILE_TILE(qr, kr)                                              \
  conv_tile<Avx512Vector, qr, kr, ROOFTILE_CONV_BLOCK_AVX512>(Isa::avx512, \
                                                              "sconv_ukr_" #qr "x" #kr "_avx512"),
#define ROOFTILE_DEPTHWISE(qr, kr, most_taps) \
  depthwise_tile<Avx512Vector, qr, kr, most_taps>(Isa::avx512, "sdwconv_ukr_" #qr "x" #kr "_avx512"),
constexpr ConvTile kTiles[] = {ROOFTILE_CONV_TILES_AVX512(ROOFTILE_TILE)
                                   ROOFTILE_DEPTHWISE_TILES_AVX512(ROOFTILE_DEPTHWISE)};
#undef ROOFTILE_TILE
#undef ROOFTILE_DEPTHWISE

}  // namespace

std::span<const ConvTile> conv_tiles_avx512() {
  return kTiles;
}

}  // namespace rooftile::conv
