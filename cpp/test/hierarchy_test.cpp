#include "traffic/hierarchy.h"

#include <initializer_list>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "check.h"
#include "hierarchy_events.h"

using namespace rooftile::test;
using namespace rooftile::traffic;

namespace {

constexpr Operand kWeights = Operand::weights, kInputs = Operand::inputs, kOutputs = Operand::outputs;

/** A hierarchy of few lines for a case worked out by hand. */
struct Small {
  explicit Small(std::vector<CacheShape> caches, LastCache last = LastCache::non_inclusive) {
    options.caches = std::move(caches);
    options.last = last;
  }

  Hierarchy& get() {
    if (!hierarchy) hierarchy.emplace(options);
    return *hierarchy;
  }
  void touch(Access access, Operand operand, std::initializer_list<std::uint64_t> lines, int thread = 0,
             std::int32_t pass = 0) {
    for (const std::uint64_t line : lines) get().touch(thread, line, operand, access, pass);
  }
  void read(Operand operand, std::initializer_list<std::uint64_t> lines, int thread = 0,
            std::int32_t pass = 0) {
    touch(Access::read, operand, lines, thread, pass);
  }
  void write(Operand operand, std::initializer_list<std::uint64_t> lines, int thread = 0) {
    touch(Access::write, operand, lines, thread);
  }
  void update(Operand operand, std::initializer_list<std::uint64_t> lines, int thread = 0) {
    touch(Access::update, operand, lines, thread);
  }

  std::int64_t reads(Boundary boundary) { return lines_at(get().traffic(), boundary, Direction::read); }
  std::int64_t writes(Boundary boundary) { return lines_at(get().traffic(), boundary, Direction::write); }
  /** At DRAM. */
  std::int64_t reads(Operand operand, Cause cause) {
    return lines_at(get().traffic(), Boundary::dram, operand, Direction::read, cause);
  }
  std::int64_t writes(Operand operand, Cause cause) {
    return lines_at(get().traffic(), Boundary::dram, operand, Direction::write, cause);
  }

  HierarchyOptions options;
  std::optional<Hierarchy> hierarchy;
};

void test_causes_of_reads() {
  Small small({{4, 1, Boundary::dram}});
  small.read(kWeights, {0, 4, 0});  // one set, with room in the others
  CHECK_EQ(small.reads(kWeights, Cause::compulsory), 2);
  CHECK_EQ(small.reads(kWeights, Cause::conflict), 1);
  small.read(kWeights, {1, 2, 3, 5, 6, 7});
  small.read(kWeights, {1, 2, 3});  // four other lines since: no cache of four lines has them
  CHECK_EQ(small.reads(kWeights, Cause::compulsory), 8);
  CHECK_EQ(small.reads(kWeights, Cause::capacity), 3);

  Small halo({{1, 1, Boundary::dram}});
  halo.read(kInputs, {0, 1, 0}, 0, 1);  // the walk comes back to a line
  CHECK_EQ(halo.reads(kInputs, Cause::halo), 1);
  halo.read(kInputs, {1}, 0, 2);  // the next walk
  halo.read(kInputs, {0}, 0, 0);  // no walk
  halo.read(kInputs, {1}, 0, 0);
  halo.read(kInputs, {0}, 0, 0);
  CHECK_EQ(halo.reads(kInputs, Cause::halo), 1);
  CHECK_EQ(halo.reads(kInputs, Cause::capacity), 4);
  CHECK_EQ(halo.reads(kInputs, Cause::compulsory), 2);

  Small updates({{1, 1, Boundary::dram}});
  updates.update(kOutputs, {0, 1, 0});
  CHECK_EQ(updates.reads(kOutputs, Cause::compulsory), 2);
  CHECK_EQ(updates.reads(kOutputs, Cause::partial_sum), 1);
  updates.update(Operand::state, {8, 9, 8});
  CHECK_EQ(updates.reads(Operand::state, Cause::capacity), 1);
  updates.write(kOutputs, {0, 5});  // fetched before or not
  CHECK_EQ(updates.reads(kOutputs, Cause::write_allocate), 2);
}

void test_write_backs() {
  Small small({{1, 1, Boundary::l2}, {1, 2, Boundary::dram}});
  small.write(kOutputs, {0});
  small.read(kWeights, {1});  // 0 goes one further, changed
  CHECK_EQ(small.writes(Boundary::l2), 1);
  CHECK_EQ(small.writes(Boundary::dram), 0);
  small.read(kWeights, {2});  // and out of the second cache, since writing it back isn't a use
  CHECK_EQ(small.writes(kOutputs, Cause::compulsory), 1);
  small.update(kOutputs, {0});
  small.read(kWeights, {1, 2});
  CHECK_EQ(small.writes(kOutputs, Cause::partial_sum), 1);
  CHECK_EQ(small.writes(Boundary::l2), 2);
  small.write(Operand::scratch, {5});
  small.read(kWeights, {1, 2});
  CHECK_EQ(small.writes(Operand::scratch, Cause::write_back), 1);
  CHECK_EQ(small.writes(Boundary::dram), 3);
  small.write(Operand::scratch, {7});
  small.read(kOutputs, {7});  // who touched it last pays
  small.get().flush();
  CHECK_EQ(small.writes(Operand::scratch, Cause::write_back), 1);
  CHECK_EQ(small.writes(kOutputs, Cause::compulsory), 2);

  // Where the line isn't, it is put without a fetch.
  Small absent({{1, 2, Boundary::l2}, {1, 1, Boundary::dram}});
  absent.write(kInputs, {0, 1});
  absent.read(kWeights, {2});
  CHECK_EQ(absent.reads(Boundary::dram), 3);
  absent.read(kInputs, {0});  // written back by line 2, after that was fetched
  CHECK_EQ(absent.reads(Boundary::dram), 3);
}

void test_flush() {
  Small small({{1, 4, Boundary::l2}, {1, 8, Boundary::l3}, {1, 16, Boundary::dram}});
  small.write(kOutputs, {0, 1});
  small.read(kOutputs, {0});
  small.read(kWeights, {2});
  small.get().flush();
  for (const Boundary boundary : {Boundary::l2, Boundary::l3, Boundary::dram}) {
    CHECK_EQ(small.writes(boundary), 2);
    CHECK_EQ(small.reads(boundary), 3);
  }
  small.get().flush();
  CHECK_EQ(small.writes(Boundary::dram), 2);
  small.read(kWeights, {2});  // the caches are empty
  CHECK_EQ(small.reads(Boundary::dram), 4);
}

void test_warm() {
  Small small({{1, 2, Boundary::l2}, {2, 2, Boundary::dram}});
  small.read(kWeights, {0, 1, 2, 3});
  small.get().restart_warm();
  CHECK_EQ(small.get().lines(), 0);
  small.read(kWeights, {0, 1, 2, 3});
  CHECK_EQ(small.reads(Boundary::dram), 0);
  CHECK_EQ(small.reads(Boundary::l2), 4);
  small.read(kWeights, {4, 6, 8});
  small.read(kWeights, {0});
  small.update(kOutputs, {16});
  CHECK_EQ(small.reads(kWeights, Cause::capacity), 4);
  CHECK_EQ(small.reads(kOutputs, Cause::capacity), 1);
  small.get().flush();
  CHECK_EQ(small.writes(kOutputs, Cause::capacity), 1);
  CHECK_EQ(small.get().lines(), 9);

  Small conflict({{2, 1, Boundary::dram}});
  conflict.read(kWeights, {0, 2});
  conflict.get().restart_warm();
  conflict.read(kWeights, {0});  // the run before left it in a cache of one set
  CHECK_EQ(conflict.reads(kWeights, Cause::conflict), 1);

  // A pass of the run before is another pass.
  Small pass({{1, 1, Boundary::dram}});
  pass.read(kInputs, {0, 1}, 0, 1);
  pass.get().restart_warm();
  pass.read(kInputs, {0}, 0, 1);
  CHECK_EQ(pass.reads(kInputs, Cause::halo), 0);
  CHECK_EQ(pass.reads(kInputs, Cause::capacity), 1);
}

void test_non_temporal() {
  Small small({{1, 4, Boundary::l2}, {1, 8, Boundary::dram}});
  small.options.non_temporal[static_cast<std::size_t>(kOutputs)] = true;
  small.write(kOutputs, {0, 0, 0, 1});
  CHECK_EQ(small.writes(kOutputs, Cause::compulsory), 2);
  CHECK_EQ(small.reads(Boundary::dram), 0);
  CHECK_EQ(small.writes(Boundary::l2), 0);
  small.read(kOutputs, {1});  // it is in no cache, and fetching it ends what is combined
  CHECK_EQ(small.reads(Boundary::dram), 1);
  small.write(kOutputs, {1});
  CHECK_EQ(small.writes(kOutputs, Cause::partial_sum), 1);
  small.update(kOutputs, {1});  // only plain writes go past
  CHECK_EQ(small.reads(Boundary::dram), 2);
  small.write(kOutputs, {1});  // what the caches had of it is in the line that goes out
  small.get().flush();
  CHECK_EQ(small.writes(Boundary::dram), 4);
  CHECK_EQ(small.get().lines(), 8);
}

void test_prefetch() {
  Small small({{1, 4, Boundary::l2}, {1, 8, Boundary::l3}, {1, 16, Boundary::dram}});
  small.options.adjacent_line_prefetch = true;
  small.read(kWeights, {6});
  CHECK_EQ(small.reads(Boundary::l2), 1);
  CHECK_EQ(small.reads(Boundary::l3), 2);
  CHECK_EQ(small.reads(kWeights, Cause::compulsory), 2);
  small.read(kWeights, {7});
  CHECK_EQ(small.reads(Boundary::l2), 2);
  CHECK_EQ(small.reads(Boundary::l3), 2);

  Small one({{1, 4, Boundary::dram}});
  one.options.adjacent_line_prefetch = true;
  one.write(kOutputs, {1, 0});
  CHECK_EQ(one.reads(kOutputs, Cause::write_allocate), 2);
  one.get().flush();
  CHECK_EQ(one.writes(Boundary::dram), 2);
}

void test_inclusive() {
  for (const LastCache last : {LastCache::non_inclusive, LastCache::inclusive}) {
    const bool inclusive = last == LastCache::inclusive;
    Small small({{1, 2, Boundary::l2}, {1, 2, Boundary::dram}}, last);
    small.write(kOutputs, {0});
    small.read(kWeights, {1});
    small.read(kOutputs, {0});  // recent for the first cache only
    small.read(kWeights, {2});  // the last one forgets 0
    CHECK_EQ(small.writes(Boundary::dram), inclusive ? 1 : 0);
    CHECK_EQ(small.writes(Boundary::l2), inclusive ? 1 : 0);
    small.read(kOutputs, {0});
    CHECK_EQ(small.reads(Boundary::dram), inclusive ? 4 : 3);
    small.get().flush();
    CHECK_EQ(small.writes(Boundary::dram), 1);
  }
}

void test_victim() {
  for (const LastCache last : {LastCache::non_inclusive, LastCache::victim}) {
    Small small({{1, 2, Boundary::l3}, {1, 2, Boundary::dram}}, last);
    for (int round = 0; round < 3; ++round) small.read(kWeights, {0, 1, 2, 3});
    // No line is held twice: both caches together hold all four.
    CHECK_EQ(small.reads(Boundary::dram), last == LastCache::victim ? 4 : 12);
    CHECK_EQ(small.reads(Boundary::l3), 12);
    CHECK_EQ(small.writes(Boundary::l3), 0);
  }
  Small changed({{1, 1, Boundary::l3}, {1, 1, Boundary::dram}}, LastCache::victim);
  changed.write(kOutputs, {0});
  changed.read(kOutputs, {1});
  CHECK_EQ(changed.writes(Boundary::l3), 1);
  changed.read(kOutputs, {0});  // it comes back changed
  changed.read(kOutputs, {1, 2});
  CHECK_EQ(changed.writes(Boundary::l3), 2);
  CHECK_EQ(changed.writes(kOutputs, Cause::compulsory), 1);
  CHECK_EQ(changed.reads(Boundary::dram), 3);
}

void test_threads() {
  for (const bool shared : {true, false}) {
    Small small({{1, 2, Boundary::l2}, {1, 2, Boundary::l3}, {1, 4, Boundary::dram}});
    small.options.threads = 2;
    small.options.shared_last = shared;
    small.write(kOutputs, {0}, 0);
    small.read(kOutputs, {0}, 1);  // out of the other thread's cache
    CHECK_EQ(small.reads(Boundary::l3), 2);
    CHECK_EQ(small.reads(Boundary::dram), shared ? 1 : 2);
    CHECK_EQ(small.writes(Boundary::l2), shared ? 1 : 0);
    CHECK_EQ(small.writes(Boundary::l3), shared ? 1 : 0);
    small.read(kOutputs, {0}, 0);  // which still has it
    CHECK_EQ(small.reads(Boundary::l2), 2);
    small.update(kOutputs, {0}, 1);  // and now loses it
    small.read(kOutputs, {0}, 0);
    CHECK_EQ(small.reads(Boundary::l2), shared ? 3 : 2);
    small.get().flush();
    CHECK_EQ(small.writes(Boundary::dram), shared ? 1 : 2);
  }
}

void test_tree() {
  for (const Replacement replacement : {Replacement::lru, Replacement::tree_plru}) {
    Small small({{1, 4, Boundary::dram}});
    small.options.replacement = replacement;
    small.read(kWeights, {0, 1, 2, 3, 0, 4});
    // The root points away from 0, and the other half away from 3; least recently used is 1.
    const bool tree = replacement == Replacement::tree_plru;
    small.read(kWeights, {tree ? 1u : 2u});
    CHECK_EQ(small.reads(Boundary::dram), 5);
    small.read(kWeights, {tree ? 2u : 1u});
    CHECK_EQ(small.reads(Boundary::dram), 6);
  }
}

/** A miss is a conflict just where a cache of one set would have hit: against that cache, line by line. */
void test_twin_is_a_cache_of_one_set() {
  std::mt19937 random(2);
  Small sets({{8, 4, Boundary::dram}}), one({{1, 32, Boundary::dram}});
  std::set<std::uint64_t> seen;
  std::int64_t conflicts = 0, capacity = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t line = random() % (random() % 2 == 0 ? 30 : 60);
    const std::int64_t before = sets.reads(Boundary::dram), before_one = one.reads(Boundary::dram);
    sets.read(kWeights, {line});
    one.read(kWeights, {line});
    const bool missed = sets.reads(Boundary::dram) != before,
               missed_one = one.reads(Boundary::dram) != before_one;
    if (!seen.insert(line).second && missed) ++(missed_one ? capacity : conflicts);
  }
  CHECK(conflicts > 100 && capacity > 100);
  CHECK_EQ(sets.reads(kWeights, Cause::conflict), conflicts);
  CHECK_EQ(sets.reads(kWeights, Cause::capacity), capacity);
  CHECK_EQ(one.reads(kWeights, Cause::conflict), 0);
}

/** One cache of one set, against distances between two uses counted one by one; arrays and lists. */
void test_one_set() {
  std::mt19937 random(3);
  for (const std::int64_t ways : {1, 7, 16, 17, 40}) {
    Small small({{1, ways, Boundary::dram}});
    std::vector<std::uint64_t> trace;
    std::int64_t misses = 0;
    for (int i = 0; i < 3000; ++i) {
      const std::uint64_t line = random() % 50;
      std::set<std::uint64_t> between;
      auto last = trace.rbegin();
      for (; last != trace.rend() && *last != line; ++last) between.insert(*last);
      misses += last == trace.rend() || static_cast<std::int64_t>(between.size()) >= ways;
      trace.push_back(line);
      small.read(kInputs, {line});
    }
    CHECK_EQ(small.reads(Boundary::dram), misses);
  }
}

/** What must hold of any run, whatever the caches. */
void test_conservation() {
  std::mt19937 random(4);
  const std::vector<CacheShape> caches = {{4, 2, Boundary::l2}, {4, 4, Boundary::l3}, {8, 4, Boundary::dram}};
  for (const LastCache last : {LastCache::non_inclusive, LastCache::inclusive, LastCache::victim}) {
    Small small(caches, last);
    std::set<std::uint64_t> changed;
    for (const Event& e : random_events(random, 1, 200, 20000)) {
      small.get().touch(0, e.line, e.operand, e.access, e.pass);
      if (e.access != Access::read) changed.insert(e.line);
    }
    small.get().flush();
    // Each changed line went home at least once, and no line oftener than it was fetched.
    CHECK(small.writes(Boundary::dram) >= static_cast<std::int64_t>(changed.size()));
    CHECK(small.writes(Boundary::dram) <= small.reads(Boundary::dram));
    CHECK(small.reads(Boundary::dram) <= small.reads(Boundary::l3));
    CHECK(small.reads(Boundary::l3) <= small.reads(Boundary::l2));
    std::int64_t compulsory = 0;
    for (int o = 0; o < kOperands; ++o) compulsory += small.reads(static_cast<Operand>(o), Cause::compulsory);
    CHECK(compulsory <= 200);
  }
}

}  // namespace

int main() {
  test_causes_of_reads();
  test_write_backs();
  test_flush();
  test_warm();
  test_non_temporal();
  test_prefetch();
  test_inclusive();
  test_victim();
  test_threads();
  test_tree();
  test_twin_is_a_cache_of_one_set();
  test_one_set();
  test_conservation();
  return finish();
}
