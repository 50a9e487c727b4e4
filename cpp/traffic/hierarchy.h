// A hierarchy of caches, simulated line by line: what a run's lines move between the levels, and why.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "traffic/counter.h"
#include "traffic/tap.h"

namespace rooftile::traffic {

enum class Replacement { lru, tree_plru };

/** How the last cache relates to the ones before it. */
enum class LastCache {
  non_inclusive,  // fetched lines go into it too; each level forgets on its own
  inclusive,      // what it evicts, the caches before it lose
  victim,         // it takes what the cache before it evicts, and gives it back (AMD's L3)
};

struct CacheShape {
  std::int64_t sets = 1, ways = 1;
  /** The boundary behind this cache: Boundary::dram for the last. */
  Boundary behind = Boundary::dram;
};

struct HierarchyOptions {
  std::int64_t line_bytes = 64;
  std::vector<CacheShape> caches;  // nearest first, 1 to 3 of them
  Replacement replacement = Replacement::lru;
  LastCache last = LastCache::non_inclusive;
  std::int64_t threads = 1;
  /** All threads fetch through one last cache; else each has a whole hierarchy of its own. */
  bool shared_last = true;
  /** What the second level fetches, it fetches in pairs of lines. */
  bool adjacent_line_prefetch = false;
  /** Operands whose plain writes go past the caches. */
  std::array<bool, kOperands> non_temporal{};
  /** Lines ≡ r modulo `sample_of` are simulated, for each r of `residues`; empty: all. */
  std::int64_t sample_of = 1;
  std::vector<std::int64_t> residues;
};

/** Why a hierarchy can't be simulated, with both numbers, or an empty string. */
std::string hierarchy_error(const HierarchyOptions& options);

class Hierarchy {
 public:
  explicit Hierarchy(const HierarchyOptions& options);
  ~Hierarchy();

  /** `line`: address / line_bytes. `pass`: Block::pass. */
  void touch(int thread, std::uint64_t line, Operand operand, Access access, std::int32_t pass);

  /** The end of a cold run: every changed line goes home. */
  void flush();

  /** Forgets the sums, keeps what the caches hold: the next run is simulated warm. */
  void restart_warm();

  /** Bytes by boundary, operand, direction and cause; a sample's are scaled to all lines. */
  Traffic traffic() const;

  /** Of a sample: standard error of its DRAM bytes ÷ those bytes. 0 where all lines were simulated. */
  double relative_error() const;

  /** Lines touched in the run that is counted, those outside the sample too. */
  std::int64_t lines() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rooftile::traffic
