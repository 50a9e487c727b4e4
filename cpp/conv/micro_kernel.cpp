#include "conv/micro_kernel.h"

namespace rooftile::conv {

std::span<const ConvTile> conv_tiles(Isa isa) {
  switch (isa) {
#define ROOFTILE_CASE(name, runs) \
  case Isa::name:                 \
    return conv_tiles_##name();
    ROOFTILE_BUILT_ISAS(ROOFTILE_CASE)
#undef ROOFTILE_CASE
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
