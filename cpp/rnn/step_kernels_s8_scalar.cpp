#include "rnn/step_kernel_body.h"
#include "rnn/step_tiles.h"
#include "simd/scalar.h"

namespace rooftile::rnn {

ROOFTILE_STEP_KERNELS(step_kernels_s8_scalar, ROOFTILE_RNN_TILES_SCALAR, ROOFTILE_RNN_PANEL_SCALAR,
                      ScalarVector, std::int8_t, scalar, "srnn_s8", "scalar")

}  // namespace rooftile::rnn
