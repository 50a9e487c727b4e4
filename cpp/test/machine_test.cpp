// CPU, caches and ceilings: sane on any machine. Nothing here asserts a speed.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "check.h"
#include "guarded.h"
#include "machine/allowed_cpus.h"
#include "machine/caches.h"
#include "machine/ceilings.h"
#include "machine/cpu.h"
#include "machine/isa.h"
#include "machine/stream_reader.h"
#include "machine/team.h"

using namespace rooftile;

namespace {

void test_isas() {
  const auto isas = supported_isas();
  CHECK(!isas.empty());
  CHECK(isas.front() == Isa::scalar);
  for (std::size_t i = 1; i < isas.size(); ++i) CHECK(isas[i - 1] < isas[i]);
  for (const Isa isa : kIsas) CHECK(parse_isa(isa_name(isa)) == isa);
  for (const char* wrong : {"", "AVX2", "avx", "avx512f", "scalar "}) CHECK(!parse_isa(wrong));
  const CpuInfo& cpu = cpu_info();
  CHECK(!cpu.vendor.empty() && !cpu.brand.empty());
  CHECK(!cpu.avx512_vnni || cpu.avx512);
  CHECK(!cpu.avx512_bf16 || cpu.avx512);
  CHECK(!cpu.avx_vnni || cpu.avx2_fma);
}

void test_quotas() {
  CHECK_EQ(detail::quota_cpus("max 100000"), 0);
  CHECK_EQ(detail::quota_cpus(""), 0);
  CHECK_EQ(detail::quota_cpus("-1 100000"), 0);
  CHECK_EQ(detail::quota_cpus("100000 0"), 0);
  CHECK_EQ(detail::quota_cpus("50000 100000"), 1);
  CHECK_EQ(detail::quota_cpus("200000 100000"), 2);
  CHECK_EQ(detail::quota_cpus("200001 100000\n"), 3);
  CHECK_EQ(detail::quota_cpus("9223372036854775807 1"), 2147483647);

  using Folders = std::vector<std::string>;
  CHECK(detail::cgroup_folders("0::/a/b\n", "", "/r") == (Folders{"/r/a/b", "/r/a", "/r"}));
  CHECK(detail::cgroup_folders("0::/\n", "cpu", "/r") == Folders{});
  CHECK(detail::cgroup_folders("4:cpu,cpuacct:/x\n1:cpuset:/\n", "cpu", "/r") ==
        (Folders{"/r/cpu,cpuacct/x", "/r/cpu,cpuacct"}));
  CHECK(detail::cgroup_folders("nonsense\n::\n", "cpu", "/r") == Folders{});

  using Cpus = std::vector<int>;
  CHECK(detail::parse_cpu_list("0-2,8\n") == (Cpus{0, 1, 2, 8}));
  CHECK(detail::parse_cpu_list("") == Cpus{});
  CHECK(detail::parse_cpu_list("3-1") == Cpus{});
  CHECK(detail::parse_cpu_list("0-99999999999") == Cpus{});
  CHECK(allowed_cpus() >= 1);
  CHECK(spare_memory() > 0);
}

CacheDescription cache(int level, std::size_t bytes, int ways, int line, const char* source) {
  CacheDescription description;
  description.level = level;
  description.bytes = bytes;
  description.ways = ways;
  description.line_bytes = line;
  if (ways > 0 && line > 0) description.sets = bytes / static_cast<std::size_t>(ways * line);
  description.source = source;
  return description;
}

void test_caches() {
  const auto levels = cache_levels();
  CHECK(levels.size() >= 2);
  int last = 0;
  for (const CacheDescription& level : levels) {
    CHECK(detail::plausible(level));
    CHECK(level.level > last);
    CHECK(level.shared_by >= 1 && level.shared_by <= allowed_cpus());
    CHECK(!level.source.empty());
    last = level.level;
  }

  CHECK(detail::plausible(cache(1, 49152, 12, 64, "")));
  CHECK(!detail::plausible(cache(1, 49152, 0, 64, "")));
  CHECK(!detail::plausible(cache(1, 49152, 12, 48, "")));
  CHECK(!detail::plausible(cache(1, 49153, 12, 64, "")));
  CHECK(!detail::plausible(cache(4, 49152, 12, 64, "")));
  CHECK(!detail::plausible(cache(2, 0, 8, 64, "")));

  // The first source wins where it is sane; the second fills gaps; the rest is assumed, and said to be.
  const auto merged = detail::merge_caches({{cache(1, 49152, 12, 64, "a"), cache(2, 1 << 20, 0, 64, "a")},
                                            {cache(1, 32768, 8, 64, "b"), cache(2, 1 << 21, 16, 64, "b")}});
  CHECK_EQ(merged.size(), std::size_t{2});
  CHECK_EQ(merged[0].source, std::string("a"));
  CHECK_EQ(merged[1].source, std::string("b"));
  const auto nothing = detail::merge_caches({});
  CHECK_EQ(nothing.size(), std::size_t{2});
  CHECK_EQ(nothing[0].source, std::string("assumed"));
  CHECK(detail::plausible(nothing[0]) && detail::plausible(nothing[1]));
}

void test_sysfs() {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("rooftile-sysfs-" + std::to_string(std::rand()));
  const auto write = [&](const char* index, const char* file, const char* text) {
    fs::create_directories(folder / index);
    std::ofstream(folder / index / file) << text << "\n";
  };
  write("index0", "type", "Data"), write("index0", "level", "1"), write("index0", "size", "48K");
  write("index0", "ways_of_associativity", "12"), write("index0", "coherency_line_size", "64");
  write("index0", "number_of_sets", "64"), write("index0", "shared_cpu_list", "0-1");
  write("index1", "type", "Instruction");
  write("index2", "type", "Unified"), write("index2", "level", "2"), write("index2", "size", "banana");
  const auto caches = detail::sysfs_caches(folder.string(), {1, 2, 3});
  CHECK_EQ(caches.size(), std::size_t{2});
  CHECK(detail::plausible(caches[0]));
  CHECK_EQ(caches[0].bytes, std::size_t{49152});
  CHECK_EQ(caches[0].shared_by, 1);
  CHECK(!detail::plausible(caches[1]));
  fs::remove_all(folder);
}

template <class Call>
bool refuses(Call call) {
  try {
    call();
  } catch (const std::exception&) {
    return true;
  }
  return false;
}

constexpr OpsType kOpsTypes[] = {OpsType::f32, OpsType::int8, OpsType::bf16};

bool measured(OpsType type, Isa isa) {
  return type != OpsType::bf16 || isa == Isa::avx512;
}

void test_loops() {
  float seed[kLoopSeeds];
  for (int i = 0; i < kLoopSeeds; ++i) seed[i] = 0.5f + 0.01f * static_cast<float>(i);
  for (const Isa isa : supported_isas()) {
    for (const OpsType type : kOpsTypes) {
      if (!measured(type, isa)) {
        CHECK(refuses([&] { detail::multiply_add_loop(type, isa); }));
        continue;
      }
      // A round is whole vectors of multiply-adds, and each round does some.
      const MultiplyAddLoop loop = detail::multiply_add_loop(type, isa);
      float none = 0, one = 0, ten = 0;
      CHECK_EQ(loop(0, seed, &none), std::size_t{0});
      const std::size_t operations = loop(1, seed, &one);
      CHECK(operations > 0 && operations % 16 == 0);
      CHECK_EQ(loop(10, seed, &ten), 10 * operations);
      CHECK(none != one && one != ten);
    }
  }
#ifdef ROOFTILE_X86
  if (supported_isas().back() != Isa::avx512) return;
  CHECK_EQ(detail::multiply_add_loop(OpsType::int8, Isa::avx512) == int8_loop_avx512vnni(),
           cpu_info().avx512_vnni);
  CHECK_EQ(detail::multiply_add_loop(OpsType::bf16, Isa::avx512) == bf16_loop_avx512bf16(),
           cpu_info().avx512_bf16);
#endif
}

void test_ceilings() {
  const std::atomic<bool> cancelled{true};
  for (const Isa isa : supported_isas()) {
    for (const int threads : {1, 3}) {
      for (const OpsType type : kOpsTypes) {
        if (!measured(type, isa)) continue;
        CHECK(measure_multiply_adds(type, isa, threads, 2) > 0);
        CHECK_EQ(measure_multiply_adds(type, isa, threads, 1e6, &cancelled), 0.0);
      }
      for (const StreamKind kind : {StreamKind::read, StreamKind::write, StreamKind::copy}) {
        // One byte, one beyond a page, and both sides of the size from which four streams are swept.
        for (const std::size_t bytes : {1u, 4097u, (1u << 20) - 4096u, 1u << 20, (2u << 20) + 1u}) {
          const double rate = measure_bandwidth(kind, isa, bytes, threads, 2);
          CHECK(std::isfinite(rate) && rate > 0);
        }
        CHECK_EQ(measure_bandwidth(kind, isa, 4096, threads, 1e6, &cancelled), 0.0);
      }
    }
  }
  CHECK(refuses([] { measure_multiply_adds(OpsType::f32, Isa::scalar, 0, 1); }));
  CHECK(refuses([] { measure_multiply_adds(OpsType::f32, Isa::scalar, 1, std::nan("")); }));
  CHECK(refuses([] { measure_bandwidth(StreamKind::read, Isa::scalar, 0, 1, 1); }));
  CHECK(refuses([] { measure_bandwidth(StreamKind::read, Isa::scalar, std::size_t{1} << 46, 200, 1); }));
  CHECK(refuses([] { measure_multiply_adds(OpsType::bf16, Isa::scalar, 1, 1); }));
  if (supported_isas().size() < std::size(kIsas)) {
    CHECK(refuses([] { measure_multiply_adds(OpsType::f32, Isa::avx512, 1, 1); }));
  }
}

void test_team() {
  // Every thread is set up before any works, and all work the same rounds.
  constexpr int kThreads = 5;
  std::atomic<int> set_up{0};
  std::atomic<bool> early{false};
  std::size_t rounds_of[kThreads] = {};
  {
    MeasuringTeam team(
        kThreads, [&](int) { ++set_up; },
        [&](int thread, std::size_t rounds) {
          if (set_up != kThreads) early = true;
          rounds_of[thread] += rounds;
          return 1.0;
        });
    CHECK(team.best_rate(5, nullptr) > 0);
  }
  CHECK(!early);
  for (const std::size_t rounds : rounds_of) CHECK_EQ(rounds, rounds_of[0]);
}

void test_readers() {
  // 600 000 floats: more than one block of panels; the odd ones leave lines and parts of lines.
  for (const std::int64_t floats : {1, 2, 3, 16, 17, 100, 128, 1000, 4099, 600001}) {
    test::GuardedFloats data(floats, true);
    const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
    const std::size_t size = static_cast<std::size_t>(floats) * sizeof(float);
    std::uint32_t state = 1;
    for (std::int64_t i = 0; i < floats; ++i) {
      state = state * 1664525u + 1013904223u;
      std::memcpy(data.data() + i, &state, sizeof(state));
    }
    std::uint64_t expected = 0;
    for (std::size_t at = 0; at < size; at += 64) {
      std::uint64_t word = bytes[at];
      if (at + sizeof(word) <= size) std::memcpy(&word, bytes + at, sizeof(word));
      expected ^= word;
    }
    CHECK_EQ(read_by_panels(data.data(), size), expected);
    CHECK_EQ(read_ahead(data.data(), size), expected);
  }
  CHECK_EQ(read_by_panels(nullptr, 0), std::uint64_t{0});
  CHECK_EQ(read_ahead(nullptr, 0), std::uint64_t{0});
}

}  // namespace

int main() {
  test_isas();
  test_quotas();
  test_caches();
  test_sysfs();
  test_team();
  test_loops();
  test_ceilings();
  test_readers();
  return test::finish();
}
