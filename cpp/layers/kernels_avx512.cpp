#include "conv/micro_tiles.h"
#include "layers/kernels_body.h"
#ifdef ROOFTILE_EMULATE_AVX512
#include "simd/avx512_emulated.h"
#else
#include "simd/avx512.h"
#endif

namespace rooftile::layers {
namespace {

constexpr LayerKernels kKernels = kernels_of<Avx512Vector, ROOFTILE_CONV_BLOCK_AVX512>(Isa::avx512);

}  // namespace

const LayerKernels& layer_kernels_avx512() {
  return kKernels;
}

}  // namespace rooftile::layers
