#include "gemm/micro_kernel.h"

namespace rooftile::gemm {

std::span<const MicroTile> micro_tiles(Isa isa) {
  switch (isa) {
#ifdef ROOFTILE_X86
    case Isa::avx2:
      return micro_tiles_avx2();
    case Isa::avx512:
      return micro_tiles_avx512();
#endif
    case Isa::scalar:
      return micro_tiles_scalar();
    default:
      return {};
  }
}

const MicroTile* find_micro_tile(Isa isa, std::int64_t mr, std::int64_t nr) {
  for (const MicroTile& tile : micro_tiles(isa)) {
    if (tile.mr == mr && tile.nr == nr) return &tile;
  }
  return nullptr;
}

}  // namespace rooftile::gemm
