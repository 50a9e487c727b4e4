#include "rnn/step_kernel_body.h"
#include "rnn/step_tiles.h"
#ifdef ROOFTILE_EMULATE_AVX512
#include "simd/avx512_emulated.h"
#else
#include "simd/avx512.h"
#endif

namespace rooftile::rnn {

ROOFTILE_STEP_KERNELS(step_kernels_bf16_avx512, ROOFTILE_RNN_TILES_AVX512, ROOFTILE_RNN_PANEL_AVX512,
                      Avx512Vector, Bf16, avx512, "srnn_bf16", "avx512")

}  // namespace rooftile::rnn
