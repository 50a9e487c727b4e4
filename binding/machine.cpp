// The machine family: CPU, caches, ceilings. Checks and conversion only; cpp/machine does the work.
#include <algorithm>
#include <stdexcept>
#include <string>

#include "arguments.h"
#include "families.h"
#include "machine/allowed_cpus.h"
#include "machine/caches.h"
#include "machine/ceilings.h"
#include "machine/cpu.h"
#include "machine/isa.h"
#include "machine/stream_reader.h"
#include "parallel/aligned.h"
#include "parallel/large_pages.h"
#include "parallel/pool.h"
#include "timing.h"

namespace rooftile::binding {

namespace {

constexpr double kMostBytesPerThread = 4294967296.0;  // 4 GiB: 16 times the largest cache that we know of
constexpr double kMostThreads = 256;
constexpr double kMostMilliseconds = 10000;

Napi::Value cpu_info_js(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CpuInfo& cpu = cpu_info();
  Napi::Object result = Napi::Object::New(env);
  result.Set("vendor", cpu.vendor);
  result.Set("brand", cpu.brand);
  result.Set("family", cpu.family);
  result.Set("model", cpu.model);
  result.Set("stepping", cpu.stepping);
  Napi::Array isas = Napi::Array::New(env);
  for (const Isa isa : supported_isas()) isas.Set(isas.Length(), isa_name(isa));
  result.Set("isa", isas);
  Napi::Object features = Napi::Object::New(env);
  features.Set("avx2Fma", cpu.avx2_fma);
  features.Set("avx512", cpu.avx512);
  features.Set("avx512Vnni", cpu.avx512_vnni);
  features.Set("avx512Bf16", cpu.avx512_bf16);
  features.Set("avxVnni", cpu.avx_vnni);
  result.Set("features", features);
  result.Set("allowedCpus", allowed_cpus());
  return result;
}

Napi::Value cache_levels_js(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array result = Napi::Array::New(env);
  for (const CacheDescription& cache : cache_levels()) {
    Napi::Object level = Napi::Object::New(env);
    level.Set("level", cache.level);
    level.Set("bytes", static_cast<double>(cache.bytes));
    level.Set("ways", cache.ways);
    level.Set("lineBytes", cache.line_bytes);
    level.Set("sets", static_cast<double>(cache.sets));
    level.Set("sharedBy", cache.shared_by);
    level.Set("source", cache.source);
    result.Set(result.Length(), level);
  }
  return result;
}

// (type, isa, threads, milliseconds)
Napi::Value measure_multiply_adds_js(const Napi::CallbackInfo& info) {
  const OpsType type = choice_in<OpsType>(
      info[0], "type", {{"f32", OpsType::f32}, {"int8", OpsType::int8}, {"bf16", OpsType::bf16}});
  const Isa isa = isa_in(info[1]);
  const double threads = integer_in(info[2], "threads", 1, kMostThreads);
  const double milliseconds = number_in(info[3], "milliseconds", 1, kMostMilliseconds);
  try {
    return Napi::Number::New(info.Env(),
                             measure_multiply_adds(type, isa, static_cast<int>(threads), milliseconds));
  } catch (const std::invalid_argument& error) {
    throw Napi::RangeError::New(info.Env(), error.what());
  }
}

// (kind, isa, bytesPerThread, threads, milliseconds)
Napi::Value measure_bandwidth_js(const Napi::CallbackInfo& info) {
  const StreamKind kind = choice_in<StreamKind>(
      info[0], "kind",
      {{"read", StreamKind::read}, {"write", StreamKind::write}, {"copy", StreamKind::copy}});
  const Isa isa = isa_in(info[1]);
  const double bytes = integer_in(info[2], "bytesPerThread", 1, kMostBytesPerThread);
  const double threads = integer_in(info[3], "threads", 1, kMostThreads);
  const double milliseconds = number_in(info[4], "milliseconds", 1, kMostMilliseconds);
  return Napi::Number::New(info.Env(), measure_bandwidth(kind, isa, static_cast<std::size_t>(bytes),
                                                         static_cast<int>(threads), milliseconds));
}

// (data, reader, threads, samples, evictBytes)
Napi::Value read_time_js(const Napi::CallbackInfo& info) {
  using Reader = std::uint64_t (*)(const void*, std::size_t);
  const Floats data = floats_in(info[0], "data", 1);
  const Reader reader =
      choice_in<Reader>(info[1], "reader", {{"panels", read_by_panels}, {"ahead", read_ahead}});
  const auto threads = static_cast<std::size_t>(integer_in(info[2], "threads", 1, kMostThreads));
  const std::size_t bytes = static_cast<std::size_t>(data.length) * sizeof(float);
  // Whole lines for each thread.
  const std::size_t lines = (bytes + parallel::kLineBytes - 1) / parallel::kLineBytes;
  const std::size_t share = (lines + threads - 1) / threads * parallel::kLineBytes;
  return start_timing(info.Env(), {info[0].As<Napi::Object>()}, timing_in(info, 3), static_cast<int>(threads),
                      [=](const std::atomic<bool>& cancel) {
                        if (cancel) return false;
                        parallel::parallel_for(static_cast<int>(threads), [&](int part) {
                          const std::size_t first = std::min(bytes, share * static_cast<std::size_t>(part));
                          const volatile std::uint64_t kept =
                              reader(reinterpret_cast<const unsigned char*>(data.data) + first,
                                     std::min(share, bytes - first));
                          (void)kept;  // or the compiler would drop the reads
                        });
                        return true;
                      });
}

/** wantLargePages(buffer), before it is first written. */
Napi::Value want_large_pages_js(const Napi::CallbackInfo& info) {
  if (!info[0].IsArrayBuffer()) throw Napi::TypeError::New(info.Env(), "buffer must be an ArrayBuffer");
  auto buffer = info[0].As<Napi::ArrayBuffer>();
  parallel::want_large_pages(buffer.Data(), buffer.ByteLength());
  return info.Env().Undefined();
}

}  // namespace

void register_machine(Napi::Env env, Napi::Object exports) {
  add_functions(env, exports,
                {{"cpuInfo", cpu_info_js},
                 {"cacheLevels", cache_levels_js},
                 {"measureMultiplyAdds", measure_multiply_adds_js},
                 {"measureBandwidth", measure_bandwidth_js},
                 {"readTime", read_time_js},
                 {"wantLargePages", want_large_pages_js}});
}

}  // namespace rooftile::binding
