#include "conv/micro_kernel.h"

namespace rooftile::conv {

std::span<const ConvTile> conv_tiles(Isa isa) {
  switch (isa) {
#ifdef ROOFTILE_X86
    case Isa::avx2:
      return conv_tiles_avx2();
    case Isa::avx512:
      return conv_tiles_avx512();
#endif
    case Isa::scalar:
      return conv_tiles_scalar();
    default:
      return {};
  }
}

const ConvTile* find_conv_tile(Isa isa, bool depthwise, std::int64_t qr, std::int64_t kr) {
  for (const ConvTile& tile : conv_tiles(isa)) {
    if (tile.depthwise == depthwise && tile.qr == qr && tile.kr == kr) return &tile;
  }
  return nullptr;
}

}  // namespace rooftile::conv
