#include "conv/winograd_kernel.h"

namespace rooftile::conv {

std::span<const WinogradTile> winograd_tiles(Isa isa) {
  switch (isa) {
#define ROOFTILE_CASE(name, runs) \
  case Isa::name:                 \
    return winograd_tiles_##name();
    ROOFTILE_BUILT_ISAS(ROOFTILE_CASE)
#undef ROOFTILE_CASE
    default:
      return {};
  }
}

const WinogradTile* find_winograd_tile(Isa isa, std::int64_t mr, std::int64_t kr) {
  for (const WinogradTile& tile : winograd_tiles(isa)) {
    if (tile.mr == mr && tile.kr == kr) return &tile;
  }
  return nullptr;
}

}  // namespace rooftile::conv
