// Counts the bytes that a driver's blocks move across each boundary of the memory hierarchy, under the plan's
// stated residency: a cache that keeps what one iteration of a loop touches fetches every block once an
// execution of that loop, its *scope*. What crosses is counted from the blocks themselves; the closed forms
// are in src/theory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "traffic/tap.h"

namespace rooftile::traffic {

/** A boundary is named after the memory behind it: l1 is between L1 and the registers, dram behind the last
 * cache. */
enum class Boundary { l1, l2, l3, dram };
constexpr int kBoundaries = 4;

enum class Direction { read, write };
enum class Cause { compulsory, capacity, partial_sum, write_allocate, write_back };
constexpr int kCauses = 5;

/** Bytes by boundary, operand, direction and cause. */
struct Traffic {
  std::int64_t bytes[kBoundaries][kOperands][2][kCauses] = {};
  void add(const Traffic& other);
};

/** For each boundary, the scope in which the cache on its near side holds an operand's blocks. */
struct Residency {
  std::array<std::array<Scope, kOperands>, kBoundaries> scope{};
};

/** How many different tiles an operand has: the size of the counter's memory. */
using TileCounts = std::array<std::int64_t, kOperands>;

class Counter {
 public:
  /** `shared`: operands that other threads fetch through the same last-level cache; see merge_shared. */
  Counter(const Residency& residency, const TileCounts& tiles, const std::array<bool, kOperands>& shared);

  void enter(Scope scope, std::int64_t index) {
    forget(scope);
    position_[static_cast<int>(scope)] = index;
  }
  void leave(Scope scope) {
    forget(scope);
    position_[static_cast<int>(scope)] = -1;
  }
  void touch(const Block& block, Access access);

  /** Forgets the bytes, keeps what the caches hold: the next run is counted warm. */
  void restart_warm();

  const Traffic& traffic() const { return traffic_; }

  /**
   * Adds to `total` what threads fetched through their shared last-level cache. They are taken to advance
   * together: a block that several fetch in the same iteration of the loops outside the scope crosses DRAM
   * once.
   */
  static void merge_shared(std::vector<Counter>& threads, Traffic& total);

 private:
  /** A block fetched from DRAM, and in which iteration of the loops outside its scope. */
  struct Fetch {
    std::int64_t tile;
    std::array<std::int32_t, kScopes> position;
    std::int64_t bytes;
    bool first_in_run;
  };

  void forget(Scope scope) {
    for (const std::uint8_t cell : forgotten_[static_cast<int>(scope)]) ++generation_[cell];
  }
  void miss(int boundary, const Block& block, Access access, std::int64_t bytes, bool first_in_run);

  Traffic traffic_;
  Residency residency_;
  std::array<bool, kOperands> shared_;
  // Cells are boundary · kOperands + operand. A tile is held if its stamp is the cell's generation.
  std::array<std::uint32_t, kBoundaries * kOperands> generation_;
  std::array<std::uint32_t, kBoundaries * kOperands> run_start_;  // the generation with which this run began
  bool warm_ = false;
  std::array<std::vector<std::uint32_t>, kBoundaries * kOperands> stamps_;
  std::array<std::vector<std::uint8_t>, kScopes> forgotten_;
  std::array<std::int32_t, kScopes> position_;
  std::array<std::vector<Fetch>, kOperands> fetches_;
};

}  // namespace rooftile::traffic
