#include "rnn/step_kernel.h"

namespace rooftile::rnn {

namespace {

using Kernels = const StepKernels& (*)();

Kernels kernels_of(Isa isa, WeightType type) {
  const auto choose = [type](Kernels f32, Kernels bf16, Kernels s8) {
    return type == WeightType::f32 ? f32 : type == WeightType::bf16 ? bf16 : s8;
  };
  switch (isa) {
#define ROOFTILE_CASE(name, runs) \
  case Isa::name:                 \
    return choose(&step_kernels_##name, &step_kernels_bf16_##name, &step_kernels_s8_##name);
    ROOFTILE_BUILT_ISAS(ROOFTILE_CASE)
#undef ROOFTILE_CASE
    default:
      return choose(&step_kernels_scalar, &step_kernels_bf16_scalar, &step_kernels_s8_scalar);
  }
}

}  // namespace

const StepKernels& step_kernels(Isa isa, WeightType type) {
  return kernels_of(isa, type)();
}

const StepTile* find_step_tile(Isa isa, WeightType type, std::int64_t mr, std::int64_t nr) {
  for (const StepTile& tile : step_kernels(isa, type).tiles) {
    if (tile.mr == mr && tile.nr == nr) return &tile;
  }
  return nullptr;
}

}  // namespace rooftile::rnn
