// Bytes against cache size: one pass over a run's lines gives the traffic of every fully associative LRU
// cache (Mattson, Gecsei, Slutz, Traiger, IBM Systems Journal 1970).
//
// A touch misses in the caches of at most so many lines as other ones were touched since the last touch of
// its line; a write fetches its line too. A line that a cache changed and then lost is written back there
// once. That is counted, to the operand that touched the line last, when the line is touched again or at
// `flush`: the sum of a cold run that is flushed, or of a run that repeats the one before, is the same as if
// it were counted when the line leaves.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "traffic/tap.h"

namespace rooftile::traffic {

/** Lines that a cache of so many lines fetches and writes back, by operand; the same until the next step's
 * size.
 */
struct MissStep {
  std::int64_t cache_lines = 0;
  std::array<std::int64_t, kOperands> reads{}, writes{};
};

class StackDistances {
 public:
  /**
   * `rate`: the share of lines that is followed, chosen by a hash of their address (SHARDS: Waldspurger,
   * Park, Garthwaite, Ahmad, FAST 2015); 1 follows all of them. Sizes below a few lines that are followed,
   * 8 / rate, say little. `most_lines`, at most 2^30: `touch` throws std::length_error if more different
   * lines than that have to be followed. Throws std::invalid_argument for a rate outside (0, 1].
   */
  explicit StackDistances(double rate = 1, std::int64_t most_lines = std::int64_t{1} << 28);
  ~StackDistances();

  void touch(std::uint64_t line, Operand operand, Access access);

  /** The end of a cold run: every changed line goes home. */
  void flush();

  /** Forgets the sums, keeps the order of the lines: the next run is counted warm. */
  void restart_warm();

  /** The sizes at which anything changes, smallest (1 line) first. */
  std::vector<MissStep> curve() const;

  /** Lines touched in the run that is counted, and how many different ones were seen; both of all lines. */
  std::int64_t lines() const;
  std::int64_t distinct_lines() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rooftile::traffic
