#include "rnn/step_kernel.h"

namespace rooftile::rnn {

const StepKernels& step_kernels(Isa isa) {
  switch (isa) {
#define ROOFTILE_CASE(name, runs) \
  case Isa::name:                 \
    return step_kernels_##name();
    ROOFTILE_BUILT_ISAS(ROOFTILE_CASE)
#undef ROOFTILE_CASE
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
