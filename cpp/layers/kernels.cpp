#include "layers/kernels.h"

#include <stdexcept>

namespace rooftile::layers {

const LayerKernels& layer_kernels(Isa isa) {
  switch (isa) {
#define ROOFTILE_CASE(name, runs) \
  case Isa::name:                 \
    return layer_kernels_##name();
    ROOFTILE_BUILT_ISAS(ROOFTILE_CASE)
#undef ROOFTILE_CASE
    default:
      throw std::invalid_argument("this build has no kernels for the instruction set");
  }
}

}  // namespace rooftile::layers
