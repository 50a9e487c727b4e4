// How often a cache's lines are used before they are fetched again: the distribution behind one boundary's
// bytes.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "traffic/counter.h"

namespace rooftile::traffic {

/** What happened to one operand's blocks behind one cache. */
struct OperandReuse {
  /** Bytes fetched, by how many micro-kernel calls (or packing steps) used them until they had to be fetched
   * again. */
  std::map<std::int64_t, std::int64_t> bytes_by_uses;
  /** Executions of the scope's loop in which the operand was used. */
  std::int64_t executions = 0;
};

/**
 * A tap that follows one cache, which holds what it fetched during each execution of loop `scope`. `finish`
 * before the result is read.
 */
class ReuseProfile {
 public:
  ReuseProfile(Scope scope, const TileCounts& tiles) : scope_(scope) {
    for (int o = 0; o < kOperands; ++o) tiles_[o].resize(static_cast<std::size_t>(tiles[o]));
  }

  void enter(Scope scope, std::int64_t) {
    if (scope == scope_) ++generation_;
  }
  void leave(Scope scope) {
    if (scope == scope_) ++generation_;
  }

  void touch(const Block& block, Access) {
    const int operand = static_cast<int>(block.operand);
    const std::int64_t bytes = block.rows * block.row_bytes / block.tiles;
    // A cache that holds nothing fetches for every call.
    if (scope_ == kNoScope) ++generation_;
    if (last_execution_[operand] != generation_) {
      last_execution_[operand] = generation_;
      ++reuse_[operand].executions;
    }
    for (std::int64_t i = block.tile; i < block.tile + block.tiles; ++i) {
      Tile& tile = tiles_[operand][static_cast<std::size_t>(i)];
      if (tile.generation != generation_) {
        settle(operand, tile);
        tile = {generation_, 0, bytes};
      }
      ++tile.uses;
    }
  }

  void call() {}

  /** Adds what is still held and returns the operands' distributions. */
  const std::array<OperandReuse, kOperands>& finish() {
    for (int o = 0; o < kOperands; ++o) {
      for (Tile& tile : tiles_[o]) {
        settle(o, tile);
        tile = {};
      }
    }
    return reuse_;
  }

 private:
  struct Tile {
    std::int64_t generation = 0, uses = 0, bytes = 0;
  };

  void settle(int operand, const Tile& tile) {
    if (tile.uses > 0) reuse_[operand].bytes_by_uses[tile.uses] += tile.bytes;
  }

  Scope scope_;
  std::int64_t generation_ = 1;
  std::array<std::int64_t, kOperands> last_execution_{};
  std::array<std::vector<Tile>, kOperands> tiles_;
  std::array<OperandReuse, kOperands> reuse_;
};

}  // namespace rooftile::traffic
