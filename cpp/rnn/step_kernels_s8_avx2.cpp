#include "rnn/step_kernel_body.h"
#include "rnn/step_tiles.h"
#include "simd/avx2.h"

namespace rooftile::rnn {

ROOFTILE_STEP_KERNELS(step_kernels_s8_avx2, ROOFTILE_RNN_TILES_AVX2, ROOFTILE_RNN_PANEL_AVX2, Avx2Vector,
                      std::int8_t, avx2, "srnn_s8", "avx2")

}  // namespace rooftile::rnn
