// Line events a second of the hierarchy simulator on this machine, over the caches of a Zen 4 core.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>

#include "traffic/hierarchy.h"

using namespace rooftile::traffic;

namespace {

HierarchyOptions zen() {
  HierarchyOptions options;
  options.caches = {{64, 8, Boundary::l2}, {2048, 8, Boundary::l3}, {32768, 16, Boundary::dram}};
  return options;
}

/**
 * A 1024 × 1024 × 1024 GEMM of 14 × 32 micro-tiles: a step reads two lines of a weight panel, which the rows
 * below read again, and most of a line of an input panel; kc = 256, mc = 112. The weight panel is as large as
 * the first cache, so 96 % of the touches go on to the second one.
 */
std::int64_t gemm(Hierarchy& hierarchy) {
  constexpr std::uint64_t kWeights = 1 << 20, kInputs = 1 << 21, kOutputs = 1 << 22;
  constexpr std::uint64_t kMost = 1024, kc = 256, mc = 8, panels = 32, tiles = 74;
  for (std::uint64_t pc = 0; pc < kMost / kc; ++pc) {
    for (std::uint64_t ic = 0; ic < tiles; ic += mc) {
      for (std::uint64_t jr = 0; jr < panels; ++jr) {
        for (std::uint64_t ir = ic; ir < std::min(ic + mc, tiles); ++ir) {
          for (std::uint64_t p = 0; p < kc; ++p) {
            const std::uint64_t weights = kWeights + ((pc * panels + jr) * kc + p) * 2;
            hierarchy.touch(0, weights, Operand::packed_weights, Access::read, 0);
            hierarchy.touch(0, weights + 1, Operand::packed_weights, Access::read, 0);
            const std::uint64_t inputs = kInputs + (((pc * tiles + ir) * kc + p) * 14 * 4) / 64;
            hierarchy.touch(0, inputs, Operand::packed_inputs, Access::read, 0);
          }
          for (std::uint64_t row = 0; row < 14; ++row) {
            const std::uint64_t outputs = kOutputs + (ir * 14 + row) * 64 + jr * 2;
            hierarchy.touch(0, outputs, Operand::outputs, Access::update, 0);
            hierarchy.touch(0, outputs + 1, Operand::outputs, Access::update, 0);
          }
        }
      }
    }
  }
  return hierarchy.lines();
}

/** 64 MB from one end to the other, eight times. */
std::int64_t stream(Hierarchy& hierarchy) {
  for (int round = 0; round < 8; ++round) {
    for (std::uint64_t line = 0; line < 1 << 20; ++line) {
      hierarchy.touch(0, line, Operand::weights, Access::read, 0);
    }
  }
  return hierarchy.lines();
}

/** Lines of 64 MB in no order. */
std::int64_t scattered(Hierarchy& hierarchy) {
  std::uint64_t state = 1;
  for (int i = 0; i < 1 << 22; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    hierarchy.touch(0, state >> 44, Operand::inputs, Access::read, 0);
  }
  return hierarchy.lines();
}

void time(const char* name, std::int64_t (*run)(Hierarchy&)) {
  double best = 0;
  std::int64_t dram = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    Hierarchy hierarchy(zen());
    const auto start = std::chrono::steady_clock::now();
    const std::int64_t lines = run(hierarchy);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(lines) / seconds.count());
    const Traffic traffic = hierarchy.traffic();
    dram = 0;
    for (const auto& operand : traffic.bytes[static_cast<int>(Boundary::dram)]) {
      for (const std::int64_t bytes : operand[static_cast<int>(Direction::read)]) dram += bytes;
    }
  }
  std::printf("%-10s %6.1f M line events/s, %6.1f MB read from DRAM\n", name, best / 1e6,
              static_cast<double>(dram) / 1e6);
}

}  // namespace

int main() {
  time("gemm", gemm);
  time("stream", stream);
  time("scattered", scattered);
  return 0;
}
