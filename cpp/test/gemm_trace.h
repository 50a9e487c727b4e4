// The lines of a GEMM, for benchmarks of what follows lines.
#pragma once

#include <algorithm>
#include <cstdint>

#include "traffic/tap.h"

namespace rooftile::test {

/**
 * A 1024 × 1024 × 1024 GEMM of 14 × 32 micro-tiles: a step reads two lines of a weight panel, which the rows
 * below read again, and most of a line of an input panel; kc = 256, mc = 112. The weight panel is as large as
 * a first cache of 32 KiB, so 96 % of the touches go on to the second one. `touch(line, operand, access)`.
 */
template <class Touch>
void gemm_trace(Touch&& touch) {
  using traffic::Access;
  using traffic::Operand;
  constexpr std::uint64_t kWeights = 1 << 20, kInputs = 1 << 21, kOutputs = 1 << 22;
  constexpr std::uint64_t kMost = 1024, kc = 256, mc = 8, panels = 32, tiles = 74;
  for (std::uint64_t pc = 0; pc < kMost / kc; ++pc) {
    for (std::uint64_t ic = 0; ic < tiles; ic += mc) {
      for (std::uint64_t jr = 0; jr < panels; ++jr) {
        for (std::uint64_t ir = ic; ir < std::min(ic + mc, tiles); ++ir) {
          for (std::uint64_t p = 0; p < kc; ++p) {
            const std::uint64_t weights = kWeights + ((pc * panels + jr) * kc + p) * 2;
            touch(weights, Operand::packed_weights, Access::read);
            touch(weights + 1, Operand::packed_weights, Access::read);
            touch(kInputs + (((pc * tiles + ir) * kc + p) * 14 * 4) / 64, Operand::packed_inputs,
                  Access::read);
          }
          for (std::uint64_t row = 0; row < 14; ++row) {
            const std::uint64_t outputs = kOutputs + (ir * 14 + row) * 64 + jr * 2;
            touch(outputs, Operand::outputs, Access::update);
            touch(outputs + 1, Operand::outputs, Access::update);
          }
        }
      }
    }
  }
}

}  // namespace rooftile::test
