#include "machine/ceilings.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "machine/allowed_cpus.h"
#include "machine/cpu.h"
#include "machine/team.h"
#include "parallel/large_pages.h"

namespace rooftile {

namespace {

constexpr std::size_t kPage = 4096;

bool always() {
  return true;
}

/** Of a type and an ISA the first whose instructions this CPU has is taken. */
struct MultiplyAdds {
  OpsType type;
  Isa isa;
  bool (*usable)();
  MultiplyAddLoop (*loop)();
};

using enum OpsType;
// bf16 without instructions of its own is fp32 arithmetic. AVX-512 has a row for it all the same, since there
// it hangs on the CPU; on the others f32's ceiling is meant.
constexpr MultiplyAdds kMultiplyAdds[] = {
#ifdef ROOFTILE_X86
    {int8, Isa::avx512, [] { return cpu_info().avx512_vnni; }, int8_loop_avx512vnni},
    {bf16, Isa::avx512, [] { return cpu_info().avx512_bf16; }, bf16_loop_avx512bf16},
    {bf16, Isa::avx512, always, f32_loop_avx512},
#endif
#define ROOFTILE_LOOPS(name, runs) \
  {f32, Isa::name, always, f32_loop_##name}, {int8, Isa::name, always, int8_loop_##name},
    ROOFTILE_BUILT_ISAS(ROOFTILE_LOOPS)
#undef ROOFTILE_LOOPS
};

void check_isa(Isa isa) {
  const std::vector<Isa> supported = supported_isas();
  if (std::find(supported.begin(), supported.end(), isa) == supported.end()) {
    throw std::invalid_argument(std::string("this CPU can't run ") + isa_name(isa));
  }
}

StreamLoops stream_loops(Isa isa) {
  check_isa(isa);
  switch (isa) {
#define ROOFTILE_CASE(name, runs) \
  case Isa::name:                 \
    return stream_loops_##name();
    ROOFTILE_BUILT_ISAS(ROOFTILE_CASE)
#undef ROOFTILE_CASE
    default:
      return {};
  }
}

struct FreeAligned {
  void operator()(float* data) const { ::operator delete (data, std::align_val_t{kPage}); }
};
using Buffer = std::unique_ptr<float, FreeAligned>;

// Untouched memory: its pages are placed where the thread that fills it runs.
Buffer allocate(std::size_t bytes) {
  Buffer buffer(static_cast<float*>(::operator new (bytes, std::align_val_t{kPage})));
  parallel::want_large_pages(buffer.get(), bytes);  // as the kernels' arrays, or they would beat the ceiling
  return buffer;
}

// Random floats in [1, 2): on some machines streams of zeros run at twice the speed of data.
void fill_random(float* data, std::size_t bytes, std::uint64_t seed) {
  std::uint64_t state = 0x9e3779b97f4a7c15ull * (seed + 1);
  for (std::size_t i = 0; i < bytes / sizeof(state); ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    const std::uint64_t pair = (state & 0x007fffff007fffffull) | 0x3f8000003f800000ull;
    std::memcpy(data + 2 * i, &pair, sizeof(pair));
  }
}

void check(int threads, double milliseconds) {
  if (threads < 1) throw std::invalid_argument("threads must be at least 1");
  if (!(milliseconds > 0)) throw std::invalid_argument("milliseconds must be above 0");
}

std::size_t round_up(std::size_t bytes) {
  return (bytes + kPage - 1) / kPage * kPage;
}

// Linux promises memory that it doesn't have and kills the process when it is used: ask beforehand.
void check_memory(std::size_t bytes_each, int threads) {
  const std::size_t spare = spare_memory();
  if (bytes_each > spare / static_cast<std::size_t>(threads)) {
    throw std::runtime_error("not enough memory: " + std::to_string(threads) + " threads of " +
                             std::to_string(bytes_each) + " bytes each, " + std::to_string(spare) +
                             " bytes to spare");
  }
}

struct alignas(128) Sink {
  volatile float value = 0;
};

}  // namespace

namespace detail {

MultiplyAddLoop multiply_add_loop(OpsType type, Isa isa) {
  check_isa(isa);
  for (const MultiplyAdds& entry : kMultiplyAdds) {
    if (entry.type == type && entry.isa == isa && entry.usable()) return entry.loop();
  }
  throw std::invalid_argument(std::string("bf16 on ") + isa_name(isa) +
                              " is multiplied in fp32: its ceiling is that of f32");
}

}  // namespace detail

double measure_multiply_adds(OpsType type, Isa isa, int threads, double milliseconds,
                             const std::atomic<bool>* cancel) {
  check(threads, milliseconds);
  const MultiplyAddLoop loop = detail::multiply_add_loop(type, isa);
  constexpr std::size_t kIterationsPerRound = 1000;
  // acc = 0.999·acc + 0.5 tends to 500: never an overflow or a denormal, which are slow on some CPUs.
  std::vector<float> seed(kLoopSeeds);
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = 1.0f + 0.01f * static_cast<float>(i);
  seed[0] = 0.999f;
  seed[1] = 0.5f;
  std::vector<Sink> sinks(static_cast<std::size_t>(threads));
  MeasuringTeam team(
      threads, [](int) {},
      [&](int thread, std::size_t rounds) {
        float result = 0;
        const std::size_t operations = loop(rounds * kIterationsPerRound, seed.data(), &result);
        sinks[static_cast<std::size_t>(thread)].value = result;
        return static_cast<double>(operations);
      });
  return team.best_rate(milliseconds, cancel);
}

double measure_bandwidth(StreamKind kind, Isa isa, std::size_t bytes_per_thread, int threads,
                         double milliseconds, const std::atomic<bool>* cancel) {
  check(threads, milliseconds);
  const StreamLoops loops = stream_loops(isa);
  const bool copies = kind == StreamKind::copy;
  if (bytes_per_thread == 0 || bytes_per_thread > (std::size_t{1} << 46)) {
    throw std::invalid_argument("bytes_per_thread must be from 1 to 2^46");
  }
  const std::size_t stream = round_up(copies ? (bytes_per_thread + 1) / 2 : bytes_per_thread);
  // Half a page between source and destination, or each load would seem to depend on a store 4 KiB away.
  const std::size_t gap = copies ? kPage / 2 : 0;
  const std::size_t whole = copies ? 2 * stream + kPage : stream;
  check_memory(whole, threads);

  std::vector<Buffer> buffers;
  for (int thread = 0; thread < threads; ++thread) buffers.push_back(allocate(whole));
  Buffer pattern = allocate(kPage);
  fill_random(pattern.get(), kPage, 0);
  std::vector<Sink> sinks(static_cast<std::size_t>(threads));
  const auto buffer = [&](int thread) { return buffers[static_cast<std::size_t>(thread)].get(); };

  MeasuringTeam team(
      threads,
      [&](int thread) { fill_random(buffer(thread), whole, static_cast<std::uint64_t>(thread) + 1); },
      [&](int thread, std::size_t rounds) {
        float* data = buffer(thread);
        float result = 0;
        if (kind == StreamKind::read) loops.read(data, stream, rounds, &result);
        if (kind == StreamKind::write) loops.write(data, stream, rounds, pattern.get());
        if (copies) loops.copy(data, data + (stream + gap) / sizeof(float), stream, rounds);
        sinks[static_cast<std::size_t>(thread)].value = result;
        return static_cast<double>(rounds) * static_cast<double>(copies ? 2 * stream : stream);
      });
  return team.best_rate(milliseconds, cancel);
}

}  // namespace rooftile
