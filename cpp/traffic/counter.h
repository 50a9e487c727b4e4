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
enum class Cause { compulsory, capacity, conflict, halo, partial_sum, write_allocate, write_back };
constexpr int kCauses = 7;

/** Bytes by boundary, operand, direction and cause. */
struct Traffic {
  std::int64_t bytes[kBoundaries][kOperands][2][kCauses] = {};
  /** Of the run that these are of: see schedule.h. */
  std::uint64_t schedule = 0;
  /** Adds the bytes. */
  void add(const Traffic& other);
};

/** For each boundary, the scope in which the cache on its near side holds an operand's blocks. */
struct Residency {
  std::array<std::array<Scope, kOperands>, kBoundaries> scope{};
};

/** How a run is to be counted. */
struct CountOptions {
  /** For each boundary, the scope in which the cache on its near side holds what it fetched. */
  std::array<Scope, kBoundaries> caches{};
  /** Threads fetch through one last-level cache, else each through its own. */
  bool shared_last_cache = true;
  /** The kernel runs twice and the second run is counted. */
  bool warm = false;
};

/** How many different tiles an operand has: the size of the counter's memory. */
using TileCounts = std::array<std::int64_t, kOperands>;

class Counter {
 public:
  /** `shared`: operands that other threads fetch through the same last-level cache; see merge_shared. */
  Counter(const Residency& residency, const TileCounts& tiles, const std::array<bool, kOperands>& shared);

  /**
   * Says of an operand whose blocks overlap (the windows of a convolution) how often the loops that don't
   * index it walk past it outside each boundary's scope. A tile that is fetched oftener is fetched for its
   * neighbours: what comes on top of one fetch a pass is *halo*, the passes after the first are capacity.
   */
  void windows(Operand operand, const std::array<std::int64_t, kBoundaries>& passes);

  void enter(Scope scope, std::int64_t index) {
    forget(scope);
    position_[static_cast<std::size_t>(scope)] = static_cast<std::int32_t>(index);
  }
  void leave(Scope scope) {
    forget(scope);
    position_[static_cast<std::size_t>(scope)] = -1;
  }

  /**
   * Inline and lean: it stands between any two micro-kernel calls, and counting is to cost less than 5 % of
   * them. So it adds up by access and first use, and `traffic` sorts that into directions and causes.
   */
  void touch(const Block& block, Access access) {
    const int operand = static_cast<int>(block.operand);
    const std::int64_t bytes = block.rows * block.row_bytes;
    const std::int64_t tile_bytes = block.tiles == 1 ? bytes : bytes / block.tiles;
    const std::int64_t loaded = block.loaded_bytes == kEachByteOnce ? bytes : block.loaded_bytes;
    loaded_again_[operand][static_cast<std::size_t>(access)] += loaded - bytes;
    for (std::int64_t tile = block.tile; tile < block.tile + block.tiles; ++tile) {
      touch_tile(operand, tile, tile_bytes, access);
    }
  }

  void call() {}

  /** From here on the caches keep blocks otherwise; where that is so, they forget what they hold. */
  void change(const Residency& residency);

  /** Forgets the bytes, keeps what the caches hold: the next run is counted warm. */
  void restart_warm();

  Traffic traffic() const;

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
    bool first;
  };

  /** About a gigabyte of them for each operand and thread. */
  static constexpr std::size_t kMostFetches = std::size_t{1} << 24;

  struct Cell {
    std::uint8_t operand, boundary;
  };

  void forget(Scope scope) {
    for (const Cell cell : forgotten_[static_cast<std::size_t>(scope)]) {
      ++generation_[cell.operand][cell.boundary];
    }
  }

  void touch_tile(int operand, std::int64_t tile, std::int64_t bytes, Access access) {
    std::uint32_t* stamps = stamps_[operand].data() + tile * kBoundaries;
    const bool first = stamps[kSeen] != run_;
    stamps[kSeen] = run_;
    unheld_[operand].bytes[static_cast<int>(access)][first] += bytes;
    if (access == Access::read && !windows_[operand].seen.empty()) see_window(windows_[operand], tile, bytes);
    for (const std::uint8_t b : held_[operand]) {
      if (stamps[b] == generation_[operand][b]) continue;
      stamps[b] = generation_[operand][b];
      if (b == static_cast<int>(Boundary::dram) && shared_[operand]) {
        log_shared(operand, tile, bytes, first);
      } else {
        fetched_[operand][b].bytes[static_cast<int>(access)][first] += bytes;
      }
    }
  }

  /** What was fetched or written: by access, and by whether it was the tile's first use in this run. */
  struct Sums {
    std::int64_t bytes[3][2] = {};
  };

  void list_cells();
  void forget_bytes();
  void charge(Traffic& traffic, int boundary, int operand, const Sums& sums) const;
  void log_shared(int operand, std::int64_t tile, std::int64_t bytes, bool first);

  /** An operand whose blocks overlap; `seen` is empty for the others. */
  struct Windows {
    std::array<std::int64_t, kBoundaries> passes{};
    std::vector<std::uint32_t> seen;  // in which run a tile was read last
    std::int64_t unique_bytes = 0;    // read in this run, each tile once
  };
  void see_window(Windows& windows, std::int64_t tile, std::int64_t bytes) {
    std::uint32_t& seen = windows.seen[static_cast<std::size_t>(tile)];
    if (seen != run_) windows.unique_bytes += bytes;
    seen = run_;
  }

  // The stamps of a tile lie side by side, one for each boundary; that of the registers, which hold nothing,
  // says in which run the tile was seen last.
  static constexpr int kSeen = static_cast<int>(Boundary::l1);
  template <class T>
  using Cells = std::array<std::array<T, kBoundaries>, kOperands>;

  Residency residency_;
  Traffic before_;  // counted under another residency in this run
  std::array<bool, kOperands> shared_;
  std::uint32_t run_ = 1;
  // A tile is held at a boundary if its stamp is the generation there.
  Cells<std::uint32_t> generation_;
  std::array<std::vector<std::uint32_t>, kOperands> stamps_;
  // The boundaries whose cache holds something; at the others every touch crosses, and one sum does for all
  // of them.
  std::array<std::vector<std::uint8_t>, kOperands> held_;
  std::array<Sums, kOperands> unheld_;
  // What the registers move beyond the bytes of the blocks, by access.
  std::array<std::array<std::int64_t, 3>, kOperands> loaded_again_{};
  std::array<Windows, kOperands> windows_;
  Cells<Sums> fetched_;
  std::array<std::vector<Cell>, kScopes> forgotten_;
  std::array<std::int32_t, kScopes> position_;
  std::array<std::vector<Fetch>, kOperands> fetches_;
};

}  // namespace rooftile::traffic
