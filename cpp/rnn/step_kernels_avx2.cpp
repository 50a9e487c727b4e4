#include "rnn/step_kernel_body.h"
#include "rnn/step_tiles.h"
#include "simd/avx2.h"

namespace rooftile::rnn {
namespace {

static_assert(Avx2Vector::kLanes == ROOFTILE_RNN_PANEL_AVX2, "a panel is a vector of each gate");
#define ROOFTILE_TILE(mr, nr) \
  step_tile<Avx2Vector, float, mr, nr>(Isa::avx2, "srnn_ukr_" #mr "x" #nr "_avx2"),
constexpr StepTile kTiles[] = {ROOFTILE_RNN_TILES_AVX2(ROOFTILE_TILE)};
#undef ROOFTILE_TILE
constexpr StepKernels kKernels = {kTiles, &sigmoid_of<Avx2Vector>, &tanh_of<Avx2Vector>};

}  // namespace

const StepKernels& step_kernels_avx2() {
  return kKernels;
}

}  // namespace rooftile::rnn
