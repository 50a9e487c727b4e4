#include "machine/caches.h"

#include <algorithm>
#include <cstdint>
#include <fstream>

#include "machine/allowed_cpus.h"
#include "machine/cpu.h"

namespace rooftile {

namespace {

constexpr int kLevels = 3;

CacheDescription assumed(int level) {
  CacheDescription cache;
  cache.level = level;
  cache.bytes = (level == 1 ? 32u : 512u) * 1024u;
  cache.ways = 8;
  cache.line_bytes = 64;
  cache.sets = cache.bytes / 8 / 64;
  cache.source = "assumed";
  return cache;
}

// Intel's leaf 4 and AMD's 0x8000001d share one layout.
CacheDescription from_registers(const detail::CpuidRegisters& r) {
  CacheDescription cache;
  const bool fully_associative = ((r.eax >> 9) & 1u) != 0;
  cache.level = static_cast<int>((r.eax >> 5) & 7u);
  cache.line_bytes = static_cast<int>((r.ebx & 0xfffu) + 1);
  const std::size_t partitions = ((r.ebx >> 12) & 0x3ffu) + 1;
  cache.ways = static_cast<int>((r.ebx >> 22) + 1);
  cache.sets = static_cast<std::size_t>(r.ecx) + 1;
  cache.bytes = static_cast<std::size_t>(cache.ways) * partitions * cache.sets * cache.line_bytes;
  cache.sets *= partitions;
  if (fully_associative) {
    cache.ways = static_cast<int>(cache.bytes / cache.line_bytes);
    cache.sets = 1;
  }
  // An upper bound: identifiers are reserved in powers of two. sysfs, where there is one, says it exactly.
  cache.shared_by = static_cast<int>(((r.eax >> 14) & 0xfffu) + 1);
  return cache;
}

std::string first_word(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

// "32K", "1024K", "32M" or plain bytes; 0 for anything else.
std::size_t parse_size(const std::string& text) {
  std::size_t end = 0;
  unsigned long long value = 0;
  try {
    value = std::stoull(text, &end);
  } catch (const std::exception&) {
    return 0;
  }
  if (value > (1ull << 40)) return 0;
  const std::string unit = text.substr(end);
  if (unit == "K") return static_cast<std::size_t>(value) << 10;
  if (unit == "M") return static_cast<std::size_t>(value) << 20;
  return unit.empty() ? static_cast<std::size_t>(value) : 0;
}

// The sharing of every level as sysfs tells it, whoever described the size.
void take_sharing(std::vector<CacheDescription>& caches, const std::vector<CacheDescription>& exact) {
  for (CacheDescription& cache : caches) {
    for (const CacheDescription& other : exact) {
      if (other.level == cache.level) cache.shared_by = other.shared_by;
    }
  }
}

}  // namespace

namespace detail {

bool plausible(const CacheDescription& cache) {
  constexpr std::size_t kSmallest = 4u << 10;
  constexpr std::size_t kLargest = std::size_t{4} << 30;
  const auto line = static_cast<unsigned>(cache.line_bytes);
  return cache.level >= 1 && cache.level <= kLevels && cache.line_bytes >= 16 && cache.line_bytes <= 1024 &&
         (line & (line - 1)) == 0 && cache.ways > 0 && cache.sets > 0 && cache.shared_by > 0 &&
         cache.bytes >= kSmallest && cache.bytes <= kLargest &&
         cache.bytes == cache.sets * static_cast<std::size_t>(cache.ways) * line;
}

std::vector<CacheDescription> cpuid_caches() {
  std::vector<CacheDescription> caches;
  const bool amd_leaf = ((cpuid(0x80000001u, 0).ecx >> 22) & 1u) != 0;  // TopologyExtensions
  const std::uint32_t leaf = amd_leaf ? 0x8000001du : 4u;
  for (std::uint32_t index = 0; index < 16; ++index) {
    const CpuidRegisters r = cpuid(leaf, index);
    const std::uint32_t type = r.eax & 0x1fu;  // 0 none, 1 data, 2 instructions, 3 unified
    if (type == 0) break;
    if (type == 2) continue;
    CacheDescription cache = from_registers(r);
    cache.source = amd_leaf ? "cpuid 0x8000001d" : "cpuid 4";
    caches.push_back(cache);
  }
  return caches;
}

std::vector<CacheDescription> sysfs_caches(const std::string& folder, const std::vector<int>& allowed) {
  std::vector<CacheDescription> caches;
  for (int index = 0; index < 16; ++index) {
    const std::string path = folder + "/index" + std::to_string(index) + "/";
    const std::string type = first_word(path + "type");
    if (type.empty()) break;
    if (type != "Data" && type != "Unified") continue;
    CacheDescription cache;
    cache.level = static_cast<int>(parse_size(first_word(path + "level")));
    cache.bytes = parse_size(first_word(path + "size"));
    cache.ways = static_cast<int>(parse_size(first_word(path + "ways_of_associativity")));
    cache.line_bytes = static_cast<int>(parse_size(first_word(path + "coherency_line_size")));
    cache.sets = parse_size(first_word(path + "number_of_sets"));
    const std::vector<int> sharers = parse_cpu_list(first_word(path + "shared_cpu_list"));
    const auto ours = [&](int cpu) {
      return std::find(allowed.begin(), allowed.end(), cpu) != allowed.end();
    };
    cache.shared_by = std::max(1, static_cast<int>(std::count_if(sharers.begin(), sharers.end(), ours)));
    cache.source = "sysfs";
    caches.push_back(cache);
  }
  return caches;
}

std::vector<CacheDescription> merge_caches(const std::vector<std::vector<CacheDescription>>& sources) {
  std::vector<CacheDescription> levels;
  for (int level = 1; level <= kLevels; ++level) {
    const CacheDescription* chosen = nullptr;
    for (const auto& source : sources) {
      for (const CacheDescription& cache : source) {
        if (chosen == nullptr && cache.level == level && plausible(cache)) chosen = &cache;
      }
    }
    if (chosen != nullptr) {
      levels.push_back(*chosen);
    } else if (level <= 2) {
      levels.push_back(assumed(level));
    }
  }
  return levels;
}

}  // namespace detail

std::vector<CacheDescription> cache_levels() {
  const std::vector<int> cpus = affinity_cpus();
  const std::string cpu = std::to_string(cpus.empty() ? 0 : cpus.front());
  // CPUs that differ among themselves (big and small cores) are described by whichever this thread runs on.
  const auto from_sysfs = detail::sysfs_caches("/sys/devices/system/cpu/cpu" + cpu + "/cache", cpus);
  auto from_cpuid = detail::cpuid_caches();
  take_sharing(from_cpuid, from_sysfs);
  auto levels = detail::merge_caches({from_cpuid, from_sysfs});
  // A quota may allow fewer CPUs at a time than the mask has.
  const int most = allowed_cpus();
  for (CacheDescription& cache : levels) cache.shared_by = std::min(cache.shared_by, most);
  return levels;
}

}  // namespace rooftile
