// The caches of threads that share a last one; of one thread where each has a hierarchy of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "traffic/cache.h"
#include "traffic/hierarchy.h"
#include "traffic/line_book.h"

namespace rooftile::traffic {

class CacheGroup {
 public:
  CacheGroup(const HierarchyOptions& options, std::int64_t threads);

  /** Nearly every hit in the first cache ends here. */
  void touch(std::size_t thread, std::uint64_t line, Operand operand, Access access, std::int32_t pass) {
    if (access == Access::write && bypasses(operand)) return write_around(thread, line, operand);
    CachedLine* hit = has_near_ ? near_[thread].front().use(line) : nullptr;
    if (hit == nullptr) return miss(thread, {line, operand, access, pass});
    if (access != Access::read && !alone_ && !hit->dirty()) claim(thread, line);
    hit->touch(operand, access != Access::read);
  }

  void flush();
  void restart_warm();

  /** In lines, not bytes. */
  const Traffic& lines_moved() const { return moved_; }
  /** Lines across DRAM for each remainder of lines modulo `sample_of`; empty where all are simulated. */
  const std::vector<std::int64_t>& dram_lines_by_remainder() const { return by_remainder_; }

 private:
  struct Request {
    std::uint64_t line;
    Operand operand;
    Access access;
    std::int32_t pass;
  };
  /** Where a request ended: in the cache of this number, in another thread's (that of the last), or in DRAM.
   */
  struct Source {
    std::size_t level;
    Cause cause;         // of the bytes at the boundaries in front of the last cache
    bool dirty = false;  // a victim cache gave the line up, changed
  };
  /** What a thread's own caches have of a line. */
  struct Copy {
    bool found = false;
    CachedLine changed;  // empty if it is as it was fetched
  };

  bool bypasses(Operand operand) const { return non_temporal_[static_cast<std::size_t>(operand)]; }

  void write_around(std::size_t thread, std::uint64_t line, Operand operand);
  void forget_combining(std::uint64_t line);

  void miss(std::size_t thread, const Request& request);
  /** Looks in the caches from `level` on. */
  Source fetch(std::size_t thread, std::size_t level, const Request& request);
  Source fetch_from_last(const Request& request);
  /** What was fetched goes into a thread's own caches, from the farthest to `nearest`. */
  void enter(std::size_t thread, std::size_t nearest, const Request& request, const Source& source,
             bool writes);
  void prefetch_neighbour(std::size_t thread, const Request& request, const Source& source);

  bool snoop(std::size_t reader, std::uint64_t line);
  void claim(std::size_t writer, std::uint64_t line);
  /** Changes cross every boundary up to the last cache; the copies stay, unchanged now, or go. */
  Copy recall(std::size_t thread, std::uint64_t line, bool keep);

  /** Changed lines that have to leave go one further, and to a victim cache also others. */
  void insert_near(std::size_t thread, std::size_t level, CachedLine line);
  void put_in_last(CachedLine line);
  void leave_last(CachedLine evicted);

  Cause near_cause(const Request& request) const;
  Cause dram_cause(const Request& request, bool twin_hit);
  void charge_write(std::size_t level, CachedLine line);
  /** A line crosses the boundary behind `level`. */
  void charge(std::size_t level, std::uint64_t line, Operand operand, Direction direction, Cause cause);

  std::vector<Boundary> behind_;          // of each level
  std::vector<std::vector<Cache>> near_;  // a thread's own, nearest first; may be none
  Cache last_;
  std::optional<LinkedSets> twin_;
  LineBook book_;
  LastCache kind_;
  std::array<bool, kOperands> non_temporal_;
  bool alone_, has_near_, prefetches_, cold_ = true;
  std::vector<std::uint64_t> combining_;  // the line that a thread last wrote past the caches
  Traffic moved_;
  std::vector<std::int64_t> by_remainder_;
};

}  // namespace rooftile::traffic
