#include "rnn/step_kernel_body.h"
#include "rnn/step_tiles.h"
#ifdef ROOFTILE_EMULATE_AVX512
#include "simd/avx512_emulated.h"
#else
#include "simd/avx512.h"
#endif

namespace rooftile::rnn {
namespace {

static_assert(Avx512Vector::kLanes == ROOFTILE_RNN_PANEL_AVX512, "a panel is a vector of each gate");
#define ROOFTILE_TILE(mr, nr) \
  step_tile<Avx512Vector, Bf16, mr, nr>(Isa::avx512, "srnn_bf16_ukr_" #mr "x" #nr "_avx512"),
constexpr StepTile kTiles[] = {ROOFTILE_RNN_TILES_AVX512(ROOFTILE_TILE)};
#undef ROOFTILE_TILE
constexpr StepKernels kKernels = {kTiles, &sigmoid_of<Avx512Vector>, &tanh_of<Avx512Vector>};

}  // namespace

const StepKernels& step_kernels_bf16_avx512() {
  return kKernels;
}

}  // namespace rooftile::rnn
