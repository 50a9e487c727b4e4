#include "conv/micro_tiles.h"
#include "layers/kernels_body.h"
#include "simd/scalar.h"

namespace rooftile::layers {
namespace {

constexpr LayerKernels kKernels = kernels_of<ScalarVector, ROOFTILE_CONV_BLOCK_SCALAR>(Isa::scalar);

}  // namespace

const LayerKernels& layer_kernels_scalar() {
  return kKernels;
}

}  // namespace rooftile::layers
