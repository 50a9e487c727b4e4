// rooftile and other libraries on one layer, in turn, in one process and on the same operands:
//
//   rooftile_peers kind=gemm m=1 n=4096 k=4096 type=f32 copies=1 threads=1 … (arguments.h)
//
// One JSON document on standard output. bench/peers/compare.ts runs this; the environment that it sets says
// which kernels and how many threads the libraries use.
#include <algorithm>
#include <cstdio>
#include <exception>

#include "arguments.h"
#include "contest.h"
#include "core_latency.h"
#include "machine/ceilings.h"
#include "operands.h"
#include "result.h"
#include "sides.h"

namespace {

using namespace rooftile;
using namespace rooftile::peers;

constexpr double kCeilingMilliseconds = 30;

/** Clocks drift within minutes: before (when = 0) and after (1), and the better of the two. */
void measure(const Arguments& arguments, OpsType type, Beside& beside, std::size_t when) {
  const int threads = arguments.threads;
  const std::int64_t bytes = std::max<std::int64_t>(1, arguments.stream_bytes / threads);
  const double peak = measure_multiply_adds(type, arguments.isa, threads, kCeilingMilliseconds);
  const double read = measure_bandwidth(StreamKind::read, arguments.isa, static_cast<std::size_t>(bytes),
                                        threads, kCeilingMilliseconds);
  beside.peak_per_second = std::max(beside.peak_per_second, peak);
  beside.bytes_per_second = std::max(beside.bytes_per_second, read);
  if (threads > 1) beside.core_to_core_nanoseconds[when] = core_to_core_nanoseconds();
}

void compare(Arguments arguments) {
  const auto operands = operands_of(arguments.kind, arguments.shape, arguments.threads);
  Sides sides = open_sides(arguments, *operands);
  require_agreement(sides, *operands);
  const OpsType type = operands->ops_type(arguments.isa);
  Beside beside;
  measure(arguments, type, beside, 0);
  const Samples samples = hold(sides.present, arguments.threads, arguments.milliseconds);
  measure(arguments, type, beside, 1);
  std::puts(json(beside, sides, samples).c_str());
}

}  // namespace

int main(int count, char** words) {
  try {
    compare(parse_arguments(count - 1, words + 1));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
