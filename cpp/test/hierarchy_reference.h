// The hierarchy once more, as plainly as it can be said: every way is looked at, ages are times of use, the
// trees are recursive, and what happened to a line is kept in maps. Slow, and shares no code with the
// simulator.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "traffic/hierarchy.h"

namespace rooftile::test {

using namespace rooftile::traffic;

struct ReferenceLine {
  std::uint64_t line;
  Operand operand;
  bool dirty;
};

class ReferenceCache {
 public:
  ReferenceCache(std::int64_t sets, std::int64_t ways, Replacement replacement)
      : replacement_(replacement), sets_(static_cast<std::size_t>(sets)) {
    for (Set& set : sets_) set.ways.resize(static_cast<std::size_t>(ways));
  }

  ReferenceLine* find(std::uint64_t line) {
    for (Way& way : set_of(line).ways) {
      if (way.held && way.held->line == line) return &*way.held;
    }
    return nullptr;
  }

  void use(std::uint64_t line) {
    Set& set = set_of(line);
    for (std::size_t i = 0; i < set.ways.size(); ++i) {
      if (set.ways[i].held && set.ways[i].held->line == line) mark(set, i);
    }
  }

  std::optional<ReferenceLine> put(ReferenceLine line) {
    Set& set = set_of(line.line);
    std::size_t place = 0;
    while (place < set.ways.size() && set.ways[place].held) ++place;
    if (place == set.ways.size()) place = victim(set);
    std::optional<ReferenceLine> evicted = set.ways[place].held;
    set.ways[place].held = line;
    mark(set, place);
    return evicted;
  }

  std::optional<ReferenceLine> take(std::uint64_t line) {
    for (Way& way : set_of(line).ways) {
      if (way.held && way.held->line == line) return std::exchange(way.held, std::nullopt);
    }
    return std::nullopt;
  }

  std::vector<ReferenceLine> empty() {
    std::vector<ReferenceLine> lines;
    for (Set& set : sets_) {
      for (Way& way : set.ways) {
        if (way.held) lines.push_back(*way.held);
        way = {};
      }
      set.right_is_colder.clear();
    }
    return lines;
  }

 private:
  struct Way {
    std::optional<ReferenceLine> held;
    std::int64_t used = 0;
  };
  struct Set {
    std::vector<Way> ways;
    std::map<std::pair<std::size_t, std::size_t>, bool> right_is_colder;  // by range of ways
  };

  Set& set_of(std::uint64_t line) { return sets_[line % sets_.size()]; }

  void mark(Set& set, std::size_t place) {
    set.ways[place].used = ++clock_;
    std::size_t begin = 0, end = set.ways.size();
    while (end - begin > 1) {
      const std::size_t middle = (begin + end) / 2;
      const bool left = place < middle;
      set.right_is_colder[{begin, end}] = left;
      (left ? end : begin) = middle;
    }
  }

  std::size_t victim(Set& set) {
    if (replacement_ == Replacement::lru) {
      const auto oldest = std::min_element(set.ways.begin(), set.ways.end(),
                                           [](const Way& a, const Way& b) { return a.used < b.used; });
      return static_cast<std::size_t>(oldest - set.ways.begin());
    }
    std::size_t begin = 0, end = set.ways.size();
    while (end - begin > 1) {
      const std::size_t middle = (begin + end) / 2;
      (set.right_is_colder[{begin, end}] ? begin : end) = middle;
    }
    return begin;
  }

  Replacement replacement_;
  std::vector<Set> sets_;
  std::int64_t clock_ = 0;
};

/** Threads that share the last cache. */
class Reference {
 public:
  Reference(const HierarchyOptions& options, std::int64_t threads)
      : options_(options), depth_(options.caches.size()) {
    for (std::int64_t t = 0; t < threads; ++t) {
      auto& path = paths_.emplace_back();
      for (std::size_t i = 0; i + 1 < depth_; ++i) path.push_back(make(i));
      if (t == 0) last_ = make(depth_ - 1);
      path.push_back(last_);
    }
    combining_.resize(static_cast<std::size_t>(threads));
    twin_lines_ = options.caches.back().sets * options.caches.back().ways;
    if (options.last == LastCache::victim) {
      twin_lines_ += options.caches[depth_ - 2].sets * options.caches[depth_ - 2].ways;
    }
    has_twin_ = options.caches.back().sets > 1 || options.last == LastCache::victim ||
                options.replacement != Replacement::lru;
  }

  void touch(std::size_t t, std::uint64_t line, Operand operand, Access access, std::int32_t pass) {
    if (access == Access::write && options_.non_temporal[static_cast<std::size_t>(operand)]) {
      if (combining_[t] == line) return;
      forget(line);
      combining_[t] = line;
      for (auto& path : paths_) {
        for (auto& cache : path) cache->take(line);
      }
      std::erase(twin_, line);
      write(depth_ - 1, {line, operand, true});
      return;
    }
    const bool writes = access != Access::read;
    const bool was_changed = changed_at(t, line);
    const std::size_t source = bring(t, 0, line, operand, access, pass);
    if (writes && !was_changed) {
      for (std::size_t u = 0; u < paths_.size(); ++u) {
        for (std::size_t i = 0; u != t && i + 1 < depth_; ++i) paths_[u][i]->take(line);
      }
    }
    ReferenceLine* first = paths_[t][0]->find(line);
    first->dirty = first->dirty || writes;
    const std::size_t level = depth_ == 1 ? 0 : 1;
    if (options_.adjacent_line_prefetch && source > level && paths_[t][level]->find(line ^ 1) == nullptr) {
      bring(t, level, line ^ 1, operand, access, pass);
    }
  }

  void flush() {
    std::map<std::uint64_t, ReferenceLine> to_last;
    for (auto& path : paths_) {
      std::map<std::uint64_t, ReferenceLine> leaving;
      for (std::size_t i = 0; i + 1 < depth_; ++i) {
        empty_into(*path[i], leaving);
        for (const auto& [line, changed] : leaving) write(i, changed);
      }
      to_last.insert(leaving.begin(), leaving.end());
    }
    empty_into(*last_, to_last);
    for (const auto& [line, changed] : to_last) write(depth_ - 1, changed);
    twin_.clear();
    std::fill(combining_.begin(), combining_.end(), std::nullopt);
  }

  void restart_warm() {
    cold_ = false;
    crossed_.clear();
    pass_.clear();
    written_.clear();
    bytes_ = {};
    std::fill(combining_.begin(), combining_.end(), std::nullopt);
  }

  const Traffic& traffic() const { return bytes_; }

 private:
  std::shared_ptr<ReferenceCache> make(std::size_t i) {
    return std::make_shared<ReferenceCache>(options_.caches[i].sets, options_.caches[i].ways,
                                            options_.replacement);
  }

  bool changed_at(std::size_t t, std::uint64_t line) {
    for (std::size_t i = 0; i + 1 < depth_; ++i) {
      const ReferenceLine* there = paths_[t][i]->find(line);
      if (there != nullptr && there->dirty) return true;
    }
    return false;
  }

  /** Makes the line the most recent one in the caches from `nearest` on. Returns where it was. */
  std::size_t bring(std::size_t t, std::size_t nearest, std::uint64_t line, Operand operand, Access access,
                    std::int32_t pass) {
    auto& path = paths_[t];
    std::size_t at = nearest;
    while (at + 1 < depth_ && path[at]->find(line) == nullptr) ++at;
    if (at > 0 || depth_ == 1) forget(line);
    bool dirty = false, from_peer = false, twin_has = false;
    if (at + 1 == depth_) {
      from_peer = nearest + 1 < depth_ && ask_peers(t, line);
      if (!from_peer) {
        twin_has = ask_twin(line);
        if (last_->find(line) == nullptr) {
          at = depth_;
        } else if (options_.last == LastCache::victim) {
          dirty = last_->take(line)->dirty;
        }
      }
    }
    Cause cause = access == Access::write                                   ? Cause::write_allocate
                  : access == Access::update && operand == Operand::outputs ? Cause::partial_sum
                                                                            : Cause::capacity;
    if (at == depth_) {
      const bool again = !crossed_.insert(line).second;
      const bool same_pass = again && pass != 0 && pass_.count(line) != 0 && pass_[line] == pass;
      pass_[line] = pass;
      Cause dram = cause;
      if (access != Access::write) {
        if (!again && cold_) {
          dram = cause = Cause::compulsory;
        } else if (!again || access == Access::read) {
          dram = again && same_pass ? Cause::halo : twin_has ? Cause::conflict : Cause::capacity;
          cause = Cause::capacity;
        }
      }
      add(depth_ - 1, operand, Direction::read, dram);
    }
    for (std::size_t i = nearest; i < std::min(at, depth_ - 1); ++i) add(i, operand, Direction::read, cause);
    if (at < depth_ && !from_peer && path[at]->find(line) != nullptr) {
      path[at]->find(line)->operand = operand;
      path[at]->use(line);
    }
    for (std::size_t i = std::min(at, depth_); i-- > nearest;) {
      if (i + 1 == depth_ && options_.last == LastCache::victim) continue;
      place(t, i, {line, operand, dirty && i + 2 == depth_});
    }
    return at;
  }

  bool ask_peers(std::size_t t, std::uint64_t line) {
    for (std::size_t u = 0; u < paths_.size(); ++u) {
      if (u == t) continue;
      bool has = false;
      for (std::size_t i = 0; i + 1 < depth_; ++i) has = has || paths_[u][i]->find(line) != nullptr;
      if (!has) continue;
      const auto changed = pull(u, line);
      for (std::size_t i = 0; i + 1 < depth_; ++i) {
        if (ReferenceLine* there = paths_[u][i]->find(line); there != nullptr) there->dirty = false;
      }
      if (changed) settle(t, depth_ - 1, *changed);
      return true;
    }
    return false;
  }

  /** The changes of a thread's own caches cross the boundaries to the last one. */
  std::optional<ReferenceLine> pull(std::size_t u, std::uint64_t line) {
    std::optional<ReferenceLine> changed;
    for (std::size_t i = 0; i + 1 < depth_; ++i) {
      const ReferenceLine* there = paths_[u][i]->find(line);
      if (!changed && there != nullptr && there->dirty) changed = *there;
      if (changed) write(i, *changed);
    }
    return changed;
  }

  bool ask_twin(std::uint64_t line) {
    if (!has_twin_) return false;
    const bool has = std::erase(twin_, line) != 0;
    twin_.push_back(line);
    if (static_cast<std::int64_t>(twin_.size()) > twin_lines_) twin_.erase(twin_.begin());
    return has;
  }

  void place(std::size_t t, std::size_t i, ReferenceLine line) {
    const auto evicted = paths_[t][i]->put(line);
    if (!evicted) return;
    if (i + 1 == depth_) {
      ReferenceLine leaving = *evicted;
      if (options_.last == LastCache::inclusive) {
        for (std::size_t u = 0; u < paths_.size(); ++u) {
          if (const auto changed = pull(u, leaving.line)) leaving = *changed;
          for (std::size_t k = 0; k + 1 < depth_; ++k) paths_[u][k]->take(leaving.line);
        }
      }
      if (leaving.dirty) write(i, leaving);
      return;
    }
    if (evicted->dirty) write(i, *evicted);
    const bool to_victim = i + 2 == depth_ && options_.last == LastCache::victim;
    if (evicted->dirty || to_victim) settle(t, i + 1, *evicted);
  }

  void settle(std::size_t t, std::size_t i, ReferenceLine line) {
    ReferenceLine* there = paths_[t][i]->find(line.line);
    if (there == nullptr) return place(t, i, line);
    if (!line.dirty) return;
    there->dirty = true;
    there->operand = line.operand;
  }

  static void empty_into(ReferenceCache& cache, std::map<std::uint64_t, ReferenceLine>& leaving) {
    for (const ReferenceLine& line : cache.empty()) {
      if (line.dirty) leaving.emplace(line.line, line);  // a nearer copy is newer
    }
  }

  void forget(std::uint64_t line) {
    for (auto& combined : combining_) {
      if (combined == line) combined = std::nullopt;
    }
  }

  void write(std::size_t i, const ReferenceLine& line) {
    if (i + 1 == depth_) crossed_.insert(line.line);
    Cause cause = Cause::write_back;
    if (line.operand == Operand::outputs) {
      const bool first = written_.insert({i, line.line}).second;
      cause = !first ? Cause::partial_sum : cold_ ? Cause::compulsory : Cause::capacity;
    }
    add(i, line.operand, Direction::write, cause);
  }

  void add(std::size_t i, Operand operand, Direction direction, Cause cause) {
    bytes_.bytes[static_cast<int>(options_.caches[i].behind)][static_cast<int>(operand)]
                [static_cast<int>(direction)][static_cast<int>(cause)] += options_.line_bytes;
  }

  HierarchyOptions options_;
  std::size_t depth_;
  std::vector<std::vector<std::shared_ptr<ReferenceCache>>> paths_;
  std::shared_ptr<ReferenceCache> last_;
  std::vector<std::optional<std::uint64_t>> combining_;
  std::vector<std::uint64_t> twin_;  // oldest first
  std::int64_t twin_lines_;
  bool has_twin_, cold_ = true;
  std::set<std::uint64_t> crossed_;
  std::map<std::uint64_t, std::int32_t> pass_;
  std::set<std::pair<std::size_t, std::uint64_t>> written_;
  Traffic bytes_;
};

}  // namespace rooftile::test
