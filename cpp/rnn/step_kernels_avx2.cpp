#include "rnn/step_kernel_body.h"
#include "rnn/step_tiles.h"
#include "simd/avx2.h"

namespace rooftile::rnn {

ROOFTILE_STEP_KERNELS(step_kernels_avx2, ROOFTILE_RNN_TILES_AVX2, ROOFTILE_RNN_PANEL_AVX2, Avx2Vector, float,
                      avx2, "srnn", "avx2")

}  // namespace rooftile::rnn
