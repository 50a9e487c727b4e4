// Line events a second of the hierarchy simulator on this machine, over the caches of a Zen 4 core.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>

#include "gemm_trace.h"
#include "traffic/hierarchy.h"

using namespace rooftile::traffic;

namespace {

HierarchyOptions zen() {
  HierarchyOptions options;
  options.caches = {{64, 8, Boundary::l2}, {2048, 8, Boundary::l3}, {32768, 16, Boundary::dram}};
  return options;
}

std::int64_t gemm(Hierarchy& hierarchy) {
  rooftile::test::gemm_trace([&](std::uint64_t line, Operand operand, Access access) {
    hierarchy.touch(0, line, operand, access, 0);
  });
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
