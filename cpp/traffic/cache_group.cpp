#include "traffic/cache_group.h"

#include <algorithm>

namespace rooftile::traffic {
namespace {

constexpr std::uint64_t kNoLine = ~std::uint64_t{0};

/**
 * The twin holds as many lines as the last cache; together with a victim cache, those of the one before it
 * too. Of a sample it sees fewer lines, and holds as many fewer.
 */
std::optional<LinkedSets> make_twin(const HierarchyOptions& options) {
  const CacheShape& last = options.caches.back();
  const bool victim = options.last == LastCache::victim;
  // Such a cache is its own twin, and no set of it is too small for its lines.
  if (last.sets == 1 && options.replacement == Replacement::lru && !victim) return std::nullopt;
  std::int64_t lines = last.sets * last.ways;
  if (victim) {
    const CacheShape& before = options.caches[options.caches.size() - 2];
    lines += before.sets * before.ways;
  }
  if (!options.residues.empty()) {
    lines = lines / options.sample_of * static_cast<std::int64_t>(options.residues.size());
  }
  return LinkedSets(1, lines);
}

/** What a boundary in front of the last cache is told of a fetch from DRAM. */
Cause in_front(Cause dram) {
  return dram == Cause::conflict || dram == Cause::halo ? Cause::capacity : dram;
}

/** Puts the lines into a cache that is to be emptied, and leaves in `carried` what leaves it changed. */
void carry_through(Cache& cache, std::vector<CachedLine>& carried) {
  std::erase_if(carried, [&](CachedLine line) {
    CachedLine* there = cache.find(line.line());
    if (there != nullptr) there->touch(line.operand(), true);
    return there != nullptr;
  });
  cache.each([&](CachedLine line) {
    if (line.dirty()) carried.push_back(line);
  });
  cache.clear();
}

}  // namespace

CacheGroup::CacheGroup(const HierarchyOptions& options, std::int64_t threads)
    : threads_(static_cast<std::size_t>(threads)),
      near_count_(options.caches.size() - 1),
      last_(options.caches.back().sets, options.caches.back().ways, options.replacement),
      twin_(make_twin(options)),
      kind_(options.last),
      non_temporal_(options.non_temporal),
      alone_(threads == 1 || options.caches.size() == 1),
      prefetches_(options.adjacent_line_prefetch),
      combining_(threads_, kNoLine) {
  for (std::size_t level = 0; level <= near_count_; ++level) behind_[level] = options.caches[level].behind;
  for (std::int64_t thread = 0; thread < threads; ++thread) {
    for (std::size_t level = 0; level < near_count_; ++level) {
      near_.emplace_back(options.caches[level].sets, options.caches[level].ways, options.replacement);
    }
  }
  if (!options.residues.empty()) by_remainder_.resize(static_cast<std::size_t>(options.sample_of));
}

void CacheGroup::write_around(std::size_t thread, std::uint64_t line, Operand operand) {
  if (combining_[thread] == line) return;
  forget_combining(line);
  combining_[thread] = line;
  combines_ = true;
  for (Cache& cache : near_) cache.remove(line);
  last_.remove(line);
  if (twin_) twin_->remove(line);
  charge_write(near_count_, {line, operand, true});
}

void CacheGroup::forget_combining(std::uint64_t line) {
  for (std::uint64_t& combined : combining_) {
    if (combined == line) combined = kNoLine;
  }
}

void CacheGroup::drain() {
  std::fill(combining_.begin(), combining_.end(), kNoLine);
  combines_ = false;
}

void CacheGroup::touch_beyond(std::size_t thread, const Request& request) {
  const bool writes = request.access != Access::read;
  const Source source = fetch(thread, request);
  if (near_count_ == 0) last_.find(request.line)->touch(request.operand, writes);
  if (writes && !alone_) claim(thread, request.line);
  enter(thread, 0, request, source, writes);
  if (prefetches_) prefetch_neighbour(thread, request, source);
}

void CacheGroup::enter(std::size_t thread, std::size_t nearest, const Request& request, const Source& source,
                       bool writes) {
  for (std::size_t level = near_count_; level-- > nearest;) {
    charge(level, request.operand, Direction::read, source.cause);
    const bool dirty = (level == 0 && writes) || (level + 1 == near_count_ && source.dirty);
    insert_near(thread, level, {request.line, request.operand, dirty});
  }
}

CacheGroup::Source CacheGroup::fetch(std::size_t thread, const Request& request) {
  if (!alone_ && snoop(thread, request.line)) return {near_cause(request.operand, request.access)};
  return fetch_from_last(request);
}

CacheGroup::Source CacheGroup::fetch_from_last(const Request& request) {
  const bool twin_hit = twin_ && twin_->use(request.line) != nullptr;
  if (twin_ && !twin_hit) twin_->insert({request.line, request.operand, false});
  if (kind_ == LastCache::victim) {
    const CachedLine given = last_.remove(request.line);
    if (!given.empty()) return {near_cause(request.operand, request.access), false, given.dirty()};
  } else if (CachedLine* hit = last_.use(request.line); hit != nullptr) {
    hit->touch(request.operand, false);
    return {near_cause(request.operand, request.access)};
  }
  const Cause cause = dram_cause(request, twin_hit);
  charge_dram(request.line, request.operand, Direction::read, cause);
  if (kind_ != LastCache::victim) leave_last(last_.insert({request.line, request.operand, false}));
  return {in_front(cause), true};
}

/** `source`: where the request itself ended, beyond a thread's own caches. */
void CacheGroup::prefetch_neighbour(std::size_t thread, const Request& request, const Source& source) {
  const std::size_t level = near_count_ == 0 ? 0 : 1;
  const bool into_last = level == near_count_;
  if (into_last && !source.dram) return;
  Request neighbour = request;
  neighbour.line ^= 1;
  Cache& cache = into_last ? last_ : near(thread)[level];
  if (cache.find(neighbour.line) != nullptr) return;
  forget_combining(neighbour.line);
  if (into_last) {
    fetch_from_last(neighbour);
  } else {
    enter(thread, level, neighbour, fetch(thread, neighbour), false);
  }
}

/** Whether another thread's caches have the line; if they have it changed, the last cache gets it. */
bool CacheGroup::snoop(std::size_t reader, std::uint64_t line) {
  for (std::size_t thread = 0; thread < threads_; ++thread) {
    if (thread == reader) continue;
    const Copy copy = recall(thread, line, true);
    if (!copy.changed.empty()) put_in_last(copy.changed);
    if (copy.found) return true;
  }
  return false;
}

/**
 * Before a thread changes a line: the others lose it. None of them has it changed, since the read that
 * brought it to this thread took their changes to the last cache.
 */
void CacheGroup::claim(std::size_t writer, std::uint64_t line) {
  for (Cache& cache : near(writer)) {
    const CachedLine* there = cache.find(line);
    if (there != nullptr && there->dirty()) return;
  }
  for (std::size_t thread = 0; thread < threads_; ++thread) {
    if (thread != writer) recall(thread, line, false);
  }
}

CacheGroup::Copy CacheGroup::recall(std::size_t thread, std::uint64_t line, bool keep) {
  Copy copy;
  for (std::size_t level = 0; level < near_count_; ++level) {
    Cache& cache = near(thread)[level];
    if (CachedLine* there = cache.find(line); there != nullptr) {
      copy.found = true;
      if (copy.changed.empty() && there->dirty()) copy.changed = *there;
      if (keep) {
        there->clean();
      } else {
        cache.remove(line);
      }
    }
    if (!copy.changed.empty()) charge_write(level, copy.changed);
  }
  return copy;
}

void CacheGroup::leave_near(std::size_t thread, std::size_t level, CachedLine evicted) {
  if (evicted.dirty()) charge_write(level, evicted);
  if (level + 1 == near_count_) return put_in_last(evicted);
  CachedLine* there = near(thread)[level + 1].find(evicted.line());
  if (there != nullptr) {
    there->touch(evicted.operand(), true);
  } else {
    insert_near(thread, level + 1, evicted);
  }
}

void CacheGroup::put_in_last(CachedLine line) {
  CachedLine* there = last_.find(line.line());
  if (there == nullptr) {
    leave_last(last_.insert(line));
  } else if (line.dirty()) {
    there->touch(line.operand(), true);
  }
}

void CacheGroup::leave_last(CachedLine evicted) {
  if (evicted.empty()) return;
  if (kind_ == LastCache::inclusive) {
    for (std::size_t thread = 0; thread < threads_; ++thread) {
      const Copy copy = recall(thread, evicted.line(), false);
      if (!copy.changed.empty()) evicted = copy.changed;
    }
  }
  if (evicted.dirty()) charge_write(near_count_, evicted);
}

void CacheGroup::flush() {
  std::vector<CachedLine> to_last;
  for (std::size_t thread = 0; thread < threads_; ++thread) {
    std::vector<CachedLine> carried;
    for (std::size_t level = 0; level < near_count_; ++level) {
      carry_through(near(thread)[level], carried);
      for (const CachedLine line : carried) charge_write(level, line);
    }
    to_last.insert(to_last.end(), carried.begin(), carried.end());
  }
  carry_through(last_, to_last);
  for (const CachedLine line : to_last) charge_write(near_count_, line);
  if (twin_) twin_->clear();
  drain();
}

void CacheGroup::restart_warm() {
  moved_ = {};
  std::fill(by_remainder_.begin(), by_remainder_.end(), 0);
  drain();
  // Nothing is compulsory now, and passes are numbered anew.
  book_.clear();
  cold_ = false;
}

Cause CacheGroup::dram_cause(const Request& request, bool twin_hit) {
  LineRecord& record = book_.at(request.line);
  const bool first = !record.crossed;
  const bool same_pass = record.fetched && record.pass == request.pass && request.pass != 0;
  record.crossed = record.fetched = true;
  record.pass = request.pass;
  if (request.access == Access::write) return Cause::write_allocate;
  if (first && cold_) return Cause::compulsory;
  if (!first && request.access == Access::update) return near_cause(request.operand, request.access);
  if (same_pass) return Cause::halo;
  return twin_hit ? Cause::conflict : Cause::capacity;
}

void CacheGroup::charge_write(std::size_t level, CachedLine line) {
  const bool to_dram = level == near_count_;
  Cause cause = Cause::write_back;
  if (to_dram || line.operand() == Operand::outputs) {
    LineRecord& record = book_.at(line.line());
    if (to_dram) record.crossed = true;
    if (line.operand() == Operand::outputs) {
      const unsigned bit = 1u << static_cast<int>(behind_[level]);
      cause = (record.written & bit) != 0 ? Cause::partial_sum : cold_ ? Cause::compulsory : Cause::capacity;
      record.written = static_cast<std::uint8_t>(record.written | bit);
    }
  }
  if (to_dram) return charge_dram(line.line(), line.operand(), Direction::write, cause);
  charge(level, line.operand(), Direction::write, cause);
}

void CacheGroup::charge_dram(std::uint64_t line, Operand operand, Direction direction, Cause cause) {
  charge(near_count_, operand, direction, cause);
  if (!by_remainder_.empty()) ++by_remainder_[line % by_remainder_.size()];
}

}  // namespace rooftile::traffic
