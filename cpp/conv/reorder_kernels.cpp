#include "conv/reorder_kernels.h"

namespace rooftile::conv {

TransposeTiles transpose_tiles(Isa isa) {
#ifdef ROOFTILE_X86
  if (isa == Isa::avx2) return transpose_tiles_avx2;
  if (isa == Isa::avx512) return transpose_tiles_avx512;
#endif
  (void)isa;
  return nullptr;
}

}  // namespace rooftile::conv
