// rooftile and other libraries on one product, in turn, in one process and on the same operands:
//
//   rooftile_peers m=1 n=4096 k=4096 type=f32 threads=1 … (arguments.h)
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

/** What the kernels of these types multiply: bf16 is widened where there are no instructions for it. */
OpsType ops_type(const gemm::GemmTypes& types, Isa isa) {
  switch (gemm::arithmetic_of(types)) {
    case gemm::Arithmetic::int8:
      return OpsType::int8;
    case gemm::Arithmetic::bf16:
      return isa == Isa::avx512 ? OpsType::bf16 : OpsType::f32;
    default:
      return OpsType::f32;
  }
}

/** Clocks drift within minutes: before (when = 0) and after (1), and the better of the two. */
void measure(const Arguments& arguments, Beside& beside, std::size_t when) {
  const int threads = arguments.threads;
  const std::int64_t bytes = std::max<std::int64_t>(1, arguments.stream_bytes / threads);
  const OpsType type = ops_type(parse_types(arguments.type), arguments.isa);
  const double peak = measure_multiply_adds(type, arguments.isa, threads, kCeilingMilliseconds);
  const double read = measure_bandwidth(StreamKind::read, arguments.isa, static_cast<std::size_t>(bytes),
                                        threads, kCeilingMilliseconds);
  beside.peak_per_second = std::max(beside.peak_per_second, peak);
  beside.bytes_per_second = std::max(beside.bytes_per_second, read);
  if (threads > 1) beside.core_to_core_nanoseconds[when] = core_to_core_nanoseconds();
}

void compare(const Arguments& arguments) {
  Operands operands(parse_types(arguments.type), arguments.m, arguments.n, arguments.k, arguments.copies);
  Sides sides = open_sides(arguments, operands);
  require_agreement(sides, operands, arguments.copies);
  Beside beside;
  measure(arguments, beside, 0);
  const Samples samples = hold(sides.present, arguments.threads, arguments.milliseconds);
  measure(arguments, beside, 1);
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
