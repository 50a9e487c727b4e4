// The data and unified cache levels that this process runs on, as the CPU and the system describe them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace rooftile {

struct CacheDescription {
  int level = 0;  // 1, 2 or 3
  std::size_t bytes = 0;
  int ways = 0;
  int line_bytes = 0;
  std::size_t sets = 0;
  int shared_by = 1;   // of the CPUs that we may use
  std::string source;  // "cpuid 0x8000001d", "cpuid 4", "sysfs", "assumed"
};

// Ascending by level, each level at most once. Levels 1 and 2 are always there (at worst assumed: 32 KiB and
// 512 KiB, 8 ways); level 3 only where something reports it. Nominal: a guest may own less of the level 3
// than it is told.
std::vector<CacheDescription> cache_levels();

namespace detail {
// Power-of-two line, ways > 0, bytes = sets·ways·line, and sizes that a cache can have: guests report
// nonsense.
bool plausible(const CacheDescription& cache);

std::vector<CacheDescription> cpuid_caches();

// `folder`: /sys/devices/system/cpu/cpuN/cache.
std::vector<CacheDescription> sysfs_caches(const std::string& folder, const std::vector<int>& allowed);

// The first plausible description of each level in order of the sources, then the assumptions.
std::vector<CacheDescription> merge_caches(const std::vector<std::vector<CacheDescription>>& sources);
}  // namespace detail

}  // namespace rooftile
