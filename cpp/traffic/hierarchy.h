// A hierarchy of caches, simulated line by line: what a run's lines move between the levels, and why.
//
// Movement. A line is looked for in the nearest cache first, and what is fetched goes into every cache that
// it comes through. Every write leaves it changed in the first cache, which fetches it before; a changed line
// that has to leave goes one cache further, where it keeps its place in the order of use if it is there and
// is put without a fetch if not, and from the last one to DRAM. What a victim cache gives back changed is
// changed in the cache before it. That one and the victim cache hold a line twice only where a nearer cache,
// which may hold what both have passed on, writes it back.
//
// Threads that share the last cache. What a thread's own caches don't have, another thread's may: then it
// crosses the boundaries up to the last cache, which isn't asked, and changes go home to the last cache
// first. Before a thread changes a line that isn't changed in its caches, the others lose it.
//
// Writes past the caches. Touches of one line that a thread so writes are one write as long as it writes no
// other line so and nobody fetches this one.
//
// Causes at DRAM. Reads: `write_allocate` before a plain write, first or not; `compulsory` where the line
// crosses DRAM for the first time in a cold run; later `partial_sum` for updates of outputs and `capacity`
// for other updates; `halo` for reads of the pass that fetched the line last; `conflict` where a fully
// associative LRU twin of the last cache would have hit, which holds as many lines and sees the same requests
// (of a victim cache: as many as it and the cache before it); else `capacity`. In a warm run nothing is
// compulsory: the first crossing is conflict or capacity, by the twin. An LRU cache of one set is its own
// twin and has no conflicts. Writes: `write_back`; of outputs `compulsory` (warm: `capacity`) the first time
// that the line crosses that boundary, then `partial_sum`. A write-back is charged to the operand that
// touched the line last.
//
// Causes at nearer boundaries. Writes as at DRAM. A read that goes on to DRAM has the cause that it has
// there, but capacity for conflict and halo; one that doesn't is write_allocate, partial_sum or capacity.
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
  /** What the second cache (an only one: that) fetches, it fetches in pairs of lines. */
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
  /** Throws std::invalid_argument with hierarchy_error's text. */
  explicit Hierarchy(const HierarchyOptions& options);
  ~Hierarchy();

  /** `thread`: 0 to threads - 1. `line`: address / line_bytes, below 2^60 - 1. `pass`: Block::pass. */
  void touch(int thread, std::uint64_t line, Operand operand, Access access, std::int32_t pass);

  /** The end of a cold run: every changed line goes home, and the caches are empty. */
  void flush();

  /** Forgets the sums, keeps what the caches hold: the next run is simulated warm. */
  void restart_warm();

  /** Bytes by boundary, operand, direction and cause; a sample's are scaled to all lines. */
  Traffic traffic() const;

  /**
   * Of a sample: standard error of its DRAM bytes ÷ those bytes. 0 where all lines were simulated, infinite
   * where one residue tells nothing of the others.
   */
  double relative_error() const;

  /** Lines touched in the run that is counted, those outside the sample too. */
  std::int64_t lines() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rooftile::traffic
