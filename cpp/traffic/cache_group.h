// The caches of threads that share a last one; of one thread where each has a hierarchy of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "traffic/cache.h"
#include "traffic/hierarchy.h"
#include "traffic/line_book.h"

namespace rooftile::traffic {

class CacheGroup {
 public:
  CacheGroup(const HierarchyOptions& options, std::int64_t threads);

  /** Inline as far as the second cache, where nearly all touches of a run in blocks end. */
  void touch(std::size_t thread, std::uint64_t line, Operand operand, Access access, std::int32_t pass) {
    const bool writes = access != Access::read;
    if (access == Access::write && bypasses(operand)) return write_around(thread, line, operand);
    Cache* own = near_.data() + thread * near_count_;
    if (near_count_ > 0) {
      if (CachedLine* hit = own[0].use(line); hit != nullptr) {
        if (writes && !alone_ && !hit->dirty()) claim(thread, line);
        hit->touch(operand, writes);
        return;
      }
    }
    if (combines_) forget_combining(line);
    if (near_count_ > 1) {
      if (CachedLine* hit = own[1].use(line); hit != nullptr) {
        hit->touch(operand, false);
        charge(0, operand, Direction::read, near_cause(operand, access));
        if (writes && !alone_) claim(thread, line);
        const CachedLine evicted = own[0].insert({line, operand, writes});
        if (evicted.dirty()) leave_near(thread, 0, evicted);
        return;
      }
    }
    touch_beyond(thread, {line, operand, access, pass});
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
  /** Where a request ended that a thread's own caches couldn't serve. */
  struct Source {
    Cause cause;         // of the bytes at the boundaries in front of the last cache
    bool dram = false;   // not the last cache, nor another thread's
    bool dirty = false;  // a victim cache gave the line up, changed
  };
  /** What a thread's own caches have of a line. */
  struct Copy {
    bool found = false;
    CachedLine changed;  // empty if it is as it was fetched
  };

  bool bypasses(Operand operand) const { return non_temporal_[static_cast<std::size_t>(operand)]; }

  std::span<Cache> near(std::size_t thread) { return {near_.data() + thread * near_count_, near_count_}; }

  void write_around(std::size_t thread, std::uint64_t line, Operand operand);
  void forget_combining(std::uint64_t line);
  void drain();

  /** What isn't in a thread's own caches. */
  void touch_beyond(std::size_t thread, const Request& request);
  Source fetch(std::size_t thread, const Request& request);
  Source fetch_from_last(const Request& request);
  /** What was fetched goes into a thread's own caches, from the farthest to `nearest`. */
  void enter(std::size_t thread, std::size_t nearest, const Request& request, const Source& source,
             bool writes);
  void prefetch_neighbour(std::size_t thread, const Request& request, const Source& source);

  bool snoop(std::size_t reader, std::uint64_t line);
  void claim(std::size_t writer, std::uint64_t line);
  /** Changes cross every boundary up to the last cache; the copies stay, unchanged now, or go. */
  Copy recall(std::size_t thread, std::uint64_t line, bool keep);

  void insert_near(std::size_t thread, std::size_t level, CachedLine line) {
    const CachedLine evicted = near(thread)[level].insert(line);
    const bool to_victim = kind_ == LastCache::victim && level + 1 == near_count_ && !evicted.empty();
    if (evicted.dirty() || to_victim) leave_near(thread, level, evicted);
  }
  /** A changed line goes one cache further, an unchanged one only to a victim cache. */
  void leave_near(std::size_t thread, std::size_t level, CachedLine evicted);
  void put_in_last(CachedLine line);
  void leave_last(CachedLine evicted);

  static Cause near_cause(Operand operand, Access access) {
    if (access == Access::write) return Cause::write_allocate;
    const bool sum = access == Access::update && operand == Operand::outputs;
    return sum ? Cause::partial_sum : Cause::capacity;
  }
  Cause dram_cause(const Request& request, bool twin_hit);
  void charge_write(std::size_t level, CachedLine line);
  /** A line crosses the boundary behind `level`. */
  void charge(std::size_t level, Operand operand, Direction direction, Cause cause) {
    ++moved_.bytes[static_cast<std::size_t>(behind_[level])][static_cast<std::size_t>(operand)]
                  [static_cast<std::size_t>(direction)][static_cast<std::size_t>(cause)];
  }
  void charge_dram(std::uint64_t line, Operand operand, Direction direction, Cause cause);

  std::array<Boundary, 3> behind_{};  // each level; the last is number `near_count_`
  std::size_t threads_;
  std::size_t near_count_;   // caches of each thread's own; may be none
  std::vector<Cache> near_;  // nearest first, thread by thread
  Cache last_;
  std::optional<LinkedSets> twin_;
  LineBook book_;
  LastCache kind_;
  std::array<bool, kOperands> non_temporal_;
  bool alone_, prefetches_, cold_ = true;
  bool combines_ = false;                 // whether any of these is a line
  std::vector<std::uint64_t> combining_;  // the line that a thread last wrote past the caches
  Traffic moved_;
  std::vector<std::int64_t> by_remainder_;
};

}  // namespace rooftile::traffic
