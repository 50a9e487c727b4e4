// The hierarchy simulator against one that shares no code with it, on random and structured traces.
#include "hierarchy_reference.h"

#include <random>
#include <string>
#include <vector>

#include "check.h"
#include "hierarchy_events.h"
#include "traffic/hierarchy.h"

using namespace rooftile::test;
using namespace rooftile::traffic;

namespace {

/** The simulator and the reference in step, threads that share a last cache or don't. */
struct Pair {
  explicit Pair(const HierarchyOptions& options) : options(options), hierarchy(options) {
    const std::int64_t groups = options.shared_last ? 1 : options.threads;
    for (std::int64_t i = 0; i < groups; ++i) references.emplace_back(options, options.threads / groups);
  }

  void touch(const Event& e) {
    hierarchy.touch(e.thread, e.line, e.operand, e.access, e.pass);
    const auto thread = static_cast<std::size_t>(e.thread);
    if (options.shared_last) {
      references[0].touch(thread, e.line, e.operand, e.access, e.pass);
    } else {
      references[thread].touch(0, e.line, e.operand, e.access, e.pass);
    }
  }
  void flush() {
    hierarchy.flush();
    for (Reference& reference : references) reference.flush();
  }
  void restart_warm() {
    hierarchy.restart_warm();
    for (Reference& reference : references) reference.restart_warm();
  }
  std::int64_t wrong() const {
    Traffic total;
    for (const Reference& reference : references) total.add(reference.traffic());
    return differences(hierarchy.traffic(), total);
  }

  HierarchyOptions options;
  Hierarchy hierarchy;
  std::vector<Reference> references;
};

void check_like_reference(const HierarchyOptions& options, const std::vector<Event>& events) {
  CHECK_EQ(hierarchy_error(options), "");
  Pair pair(options);
  for (int run = 0; run < 3; ++run) {
    for (const Event& event : events) pair.touch(event);
    CHECK_EQ(pair.wrong(), 0);
    CHECK_EQ(pair.hierarchy.lines(), static_cast<std::int64_t>(events.size()));
    // The second run is warm, the third warm after a flush.
    if (run != 0) pair.flush();
    CHECK_EQ(pair.wrong(), 0);
    pair.restart_warm();
    CHECK_EQ(pair.wrong(), 0);
  }
}

/** Small ones, so that every case comes often; some have sets or ways that aren't powers of two. */
std::vector<std::vector<CacheShape>> geometries(Replacement replacement) {
  std::vector<std::vector<CacheShape>> all = {
      {{4, 2, Boundary::dram}},
      {{1, 16, Boundary::dram}},
      {{2, 1, Boundary::l3}, {8, 2, Boundary::dram}},
      {{2, 2, Boundary::l2}, {3, 4, Boundary::dram}},
      {{2, 2, Boundary::l2}, {4, 4, Boundary::l3}, {7, 8, Boundary::dram}},
      {{1, 1, Boundary::l2}, {1, 1, Boundary::l3}, {1, 1, Boundary::dram}},
      {{4, 4, Boundary::l2}, {2, 4, Boundary::l3}, {1, 16, Boundary::dram}},
      {{8, 8, Boundary::l2}, {8, 2, Boundary::l3}, {4, 8, Boundary::dram}},  // the second is the smaller one
  };
  if (replacement == Replacement::lru) {
    all.push_back({{5, 3, Boundary::l2}, {6, 5, Boundary::l3}, {11, 7, Boundary::dram}});
    all.push_back({{1, 20, Boundary::l2}, {2, 17, Boundary::l3}, {1, 100, Boundary::dram}});
    all.push_back({{3, 12, Boundary::l2}, {3, 40, Boundary::dram}});
  }
  return all;
}

void test_like_reference() {
  std::mt19937 random(1);
  for (const Replacement replacement : {Replacement::lru, Replacement::tree_plru}) {
    for (const auto& caches : geometries(replacement)) {
      for (const LastCache last : {LastCache::non_inclusive, LastCache::inclusive, LastCache::victim}) {
        for (const int threads : {1, 2, 4}) {
          for (int variant = 0; variant < 4; ++variant) {
            HierarchyOptions options;
            options.caches = caches;
            options.replacement = replacement;
            options.last = last;
            options.threads = threads;
            options.shared_last = variant != 1;
            options.adjacent_line_prefetch = variant >= 2;
            if (variant == 3) options.non_temporal = {false, false, true, false, false, false, true};
            if (last == LastCache::victim && (caches.size() == 1 || (caches.size() == 2 && variant >= 2))) {
              CHECK(hierarchy_error(options) != "");
              continue;
            }
            check_like_reference(options, random_events(random, threads, 40, 500));
            check_like_reference(options, random_events(random, threads, 250, 1500));
            check_like_reference(options, panel_events(threads, 30, 4));
          }
        }
      }
    }
  }
}

}  // namespace

int main() {
  test_like_reference();
  return finish();
}
