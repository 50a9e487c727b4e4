#include "rnn/step_kernel.h"

namespace rooftile::rnn {

const StepKernels& step_kernels(Isa isa) {
  switch (isa) {
#ifdef ROOFTILE_X86
    case Isa::avx2:
      return step_kernels_avx2();
    case Isa::avx512:
      return step_kernels_avx512();
#endif
    default:
      return step_kernels_scalar();
  }
}

const StepTile* find_step_tile(Isa isa, std::int64_t mr, std::int64_t nr) {
  for (const StepTile& tile : step_kernels(isa).tiles) {
    if (tile.mr == mr && tile.nr == nr) return &tile;
  }
  return nullptr;
}

}  // namespace rooftile::rnn
