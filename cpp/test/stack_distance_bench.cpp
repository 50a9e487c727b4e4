// Touches a second of the stack distances on this machine, exact and sampled.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>

#include "gemm_trace.h"
#include "traffic/stack_distance.h"

using namespace rooftile::traffic;

namespace {

void gemm(StackDistances& distances) {
  rooftile::test::gemm_trace(
      [&](std::uint64_t line, Operand operand, Access access) { distances.touch(line, operand, access); });
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
