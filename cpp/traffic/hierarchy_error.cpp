#include <cstdint>
#include <set>
#include <string>

#include "traffic/cache.h"
#include "traffic/hierarchy.h"

namespace rooftile::traffic {
namespace {

/** Each takes 10 bytes here, 28 with many ways, and 20 in the twin: 5 to 13 GB at most. */
constexpr std::int64_t kMostLines = std::int64_t{1} << 28;

bool power_of_two(std::int64_t n) {
  return n > 0 && (n & (n - 1)) == 0;
}

std::string cache_error(const HierarchyOptions& options, std::size_t level) {
  const CacheShape& cache = options.caches[level];
  const std::string name = "cache " + std::to_string(level + 1) + ": ";
  if (cache.sets < 1) return name + "sets must be at least 1, got " + std::to_string(cache.sets);
  if (cache.ways < 1) return name + "ways must be at least 1, got " + std::to_string(cache.ways);
  if (cache.sets > kMostLines || cache.ways > kMostLines / cache.sets) {
    return name + std::to_string(cache.sets) + " sets of " + std::to_string(cache.ways) +
           " ways are more than the " + std::to_string(kMostLines) + " lines that can be simulated";
  }
  if (options.replacement == Replacement::tree_plru &&
      (!power_of_two(cache.ways) || cache.ways > TreePlruSets::kMostWays)) {
    return name + "tree-PLRU needs a power of two of ways, at most " +
           std::to_string(TreePlruSets::kMostWays) + ", got " + std::to_string(cache.ways);
  }
  const bool last = level + 1 == options.caches.size();
  if (last != (cache.behind == Boundary::dram)) {
    return name + "DRAM is behind the last cache, " + std::to_string(options.caches.size()) +
           ", and behind no other";
  }
  if (cache.behind == Boundary::l1 || (level > 0 && cache.behind <= options.caches[level - 1].behind)) {
    return name + "boundaries must go outward from l2, got number " +
           std::to_string(static_cast<int>(cache.behind));
  }
  return {};
}

std::string threads_error(const HierarchyOptions& options) {
  if (options.threads < 1 || options.threads > 256) {
    return "threads must be 1..256, got " + std::to_string(options.threads);
  }
  std::int64_t lines = 0;
  for (std::size_t level = 0; level < options.caches.size(); ++level) {
    const bool shared = options.shared_last && level + 1 == options.caches.size();
    lines += options.caches[level].sets * options.caches[level].ways * (shared ? 1 : options.threads);
  }
  if (lines > kMostLines) {
    return "the caches of " + std::to_string(options.threads) + " threads hold " + std::to_string(lines) +
           " lines, of which " + std::to_string(kMostLines) + " can be simulated";
  }
  return {};
}

std::string sample_error(const HierarchyOptions& options) {
  if (options.sample_of < 1) return "sampleOf must be at least 1, got " + std::to_string(options.sample_of);
  if (options.residues.empty()) return {};
  std::set<std::int64_t> seen;
  for (const std::int64_t residue : options.residues) {
    if (residue < 0 || residue >= options.sample_of) {
      return "residues must be 0.." + std::to_string(options.sample_of - 1) + ", got " +
             std::to_string(residue);
    }
    if (!seen.insert(residue).second) return "residue " + std::to_string(residue) + " is there twice";
  }
  for (std::size_t level = 0; level < options.caches.size(); ++level) {
    if (options.caches[level].sets % options.sample_of != 0) {
      return "sampleOf = " + std::to_string(options.sample_of) + " doesn't divide the " +
             std::to_string(options.caches[level].sets) + " sets of cache " + std::to_string(level + 1);
    }
  }
  if (options.adjacent_line_prefetch) {
    return "1 of " + std::to_string(options.sample_of) +
           " lines can't be sampled with a prefetch of pairs: the neighbour isn't in the sample";
  }
  return {};
}

}  // namespace

std::string hierarchy_error(const HierarchyOptions& options) {
  const std::size_t caches = options.caches.size();
  if (caches < 1 || caches > 3) return "caches must be 1..3, got " + std::to_string(caches);
  if (!power_of_two(options.line_bytes) || options.line_bytes < 4) {
    return "lineBytes must be a power of two, at least 4, got " + std::to_string(options.line_bytes);
  }
  for (std::size_t level = 0; level < caches; ++level) {
    if (auto e = cache_error(options, level); !e.empty()) return e;
  }
  if (options.last == LastCache::victim && caches == 1) {
    return "a victim cache needs a cache before it, got 1 cache";
  }
  if (options.last == LastCache::victim && options.adjacent_line_prefetch && caches == 2) {
    return "the second of 2 caches prefetches pairs, but a victim cache isn't fetched into";
  }
  if (auto e = threads_error(options); !e.empty()) return e;
  return sample_error(options);
}

}  // namespace rooftile::traffic
