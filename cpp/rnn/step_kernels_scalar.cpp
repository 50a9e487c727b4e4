#include "rnn/step_kernel_body.h"
#include "rnn/step_tiles.h"
#include "simd/scalar.h"

namespace rooftile::rnn {
namespace {

static_assert(ScalarVector::kLanes == ROOFTILE_RNN_PANEL_SCALAR, "a panel is a vector of each gate");
#define ROOFTILE_TILE(mr, nr) \
  step_tile<ScalarVector, float, mr, nr>(Isa::scalar, "srnn_ukr_" #mr "x" #nr "_scalar"),
constexpr StepTile kTiles[] = {ROOFTILE_RNN_TILES_SCALAR(ROOFTILE_TILE)};
#undef ROOFTILE_TILE
constexpr StepKernels kKernels = {kTiles, &sigmoid_of<ScalarVector>, &tanh_of<ScalarVector>};

}  // namespace

const StepKernels& step_kernels_scalar() {
  return kKernels;
}

}  // namespace rooftile::rnn
