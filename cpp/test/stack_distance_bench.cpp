// Touches a second of the stack distances on this machine, exact and sampled.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>

#include "traffic/stack_distance.h"

using namespace rooftile::traffic;

namespace {

/** The trace of hierarchy_bench.cpp: a 1024 × 1024 × 1024 GEMM of 14 × 32 micro-tiles, kc = 256, mc = 112. */
void gemm(StackDistances& distances) {
  constexpr std::uint64_t kWeights = 1 << 20, kInputs = 1 << 21, kOutputs = 1 << 22;
  constexpr std::uint64_t kMost = 1024, kc = 256, mc = 8, panels = 32, tiles = 74;
  for (std::uint64_t pc = 0; pc < kMost / kc; ++pc) {
    for (std::uint64_t ic = 0; ic < tiles; ic += mc) {
      for (std::uint64_t jr = 0; jr < panels; ++jr) {
        for (std::uint64_t ir = ic; ir < std::min(ic + mc, tiles); ++ir) {
          for (std::uint64_t p = 0; p < kc; ++p) {
            const std::uint64_t weights = kWeights + ((pc * panels + jr) * kc + p) * 2;
            distances.touch(weights, Operand::packed_weights, Access::read);
            distances.touch(weights + 1, Operand::packed_weights, Access::read);
            const std::uint64_t inputs = kInputs + (((pc * tiles + ir) * kc + p) * 14 * 4) / 64;
            distances.touch(inputs, Operand::packed_inputs, Access::read);
          }
          for (std::uint64_t row = 0; row < 14; ++row) {
            const std::uint64_t outputs = kOutputs + (ir * 14 + row) * 64 + jr * 2;
            distances.touch(outputs, Operand::outputs, Access::update);
            distances.touch(outputs + 1, Operand::outputs, Access::update);
          }
        }
      }
    }
  }
}

/** 64 MB from one end to the other, eight times. */
void stream(StackDistances& distances) {
  for (int round = 0; round < 8; ++round) {
    for (std::uint64_t line = 0; line < 1 << 20; ++line) {
      distances.touch(line, Operand::weights, Access::read);
    }
  }
}

/** Lines of 64 MB in no order. */
void scattered(StackDistances& distances) {
  std::uint64_t state = 1;
  for (int i = 0; i < 1 << 22; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    distances.touch(state >> 44, Operand::inputs, Access::read);
  }
}

void time(const char* name, void (*run)(StackDistances&), double rate) {
  double best = 0;
  std::size_t steps = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    StackDistances distances(rate);
    const auto start = std::chrono::steady_clock::now();
    run(distances);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(distances.lines()) / seconds.count());
    steps = distances.curve().size();
  }
  std::printf("%-10s rate %-5g %6.1f M touches/s, %zu sizes\n", name, rate, best / 1e6, steps);
}

}  // namespace

int main() {
  for (const double rate : {1.0, 0.01}) {
    time("gemm", gemm, rate);
    time("stream", stream, rate);
    time("scattered", scattered, rate);
  }
  return 0;
}
