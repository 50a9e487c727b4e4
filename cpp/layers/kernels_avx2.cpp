#include "conv/micro_tiles.h"
#include "layers/kernels_body.h"
#include "simd/avx2.h"

namespace rooftile::layers {
namespace {

constexpr LayerKernels kKernels = kernels_of<Avx2Vector, ROOFTILE_CONV_BLOCK_AVX2>(Isa::avx2);

}  // namespace

const LayerKernels& layer_kernels_avx2() {
  return kKernels;
}

}  // namespace rooftile::layers
