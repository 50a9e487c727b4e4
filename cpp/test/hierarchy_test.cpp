#include "traffic/hierarchy.h"

#include <cmath>
#include <initializer_list>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "check.h"
#include "hierarchy_events.h"

using namespace rooftile::test;
using namespace rooftile::traffic;

namespace {

std::int64_t lines_at(const Traffic& traffic, Boundary boundary, Operand operand, Direction direction,
                      Cause cause) {
  return traffic.bytes[static_cast<int>(boundary)][static_cast<int>(operand)][static_cast<int>(direction)]
                      [static_cast<int>(cause)] /
         64;
}

/** Over all operands and causes. */
std::int64_t lines_at(const Traffic& traffic, Boundary boundary, Direction direction) {
  std::int64_t bytes = 0;
  for (const auto& operand : traffic.bytes[static_cast<int>(boundary)]) {
    for (const std::int64_t cause : operand[static_cast<int>(direction)]) bytes += cause;
  }
  return bytes / 64;
}

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

/** Every third remainder from `first` on. */
HierarchyOptions sampled_options(std::int64_t of, std::int64_t residues, std::int64_t first = 0) {
  HierarchyOptions options;
  options.caches = {{16, 2, Boundary::l2}, {32, 4, Boundary::l3}, {64, 8, Boundary::dram}};
  options.sample_of = of;
  for (std::int64_t i = 0; i < residues; ++i) options.residues.push_back((first + i * 3) % of);
  return options;
}

void test_sampling() {
  std::mt19937 random(5);
  const std::vector<Event> events = random_events(random, 1, 1500, 60000);
  const auto run = [&](Hierarchy& hierarchy) {
    for (const Event& e : events) hierarchy.touch(0, e.line, e.operand, e.access, e.pass);
    hierarchy.flush();
    CHECK_EQ(hierarchy.lines(), static_cast<std::int64_t>(events.size()));
    return hierarchy.traffic();
  };
  Hierarchy full(sampled_options(1, 0));
  const Traffic exact = run(full);
  CHECK_EQ(full.relative_error(), 0);

  Hierarchy all(sampled_options(16, 16));
  CHECK_EQ(differences(run(all), exact), 0);
  CHECK_EQ(all.relative_error(), 0);

  const auto dram = [](const Traffic& traffic) {
    return static_cast<double>(lines_at(traffic, Boundary::dram, Direction::read) +
                               lines_at(traffic, Boundary::dram, Direction::write));
  };
  double before = 1;
  for (const std::int64_t residues : {2, 4, 8, 15}) {
    double stated = 0, found = 0;  // squares, over all samples of this kind
    for (std::int64_t first = 0; first < 16; ++first) {
      Hierarchy some(sampled_options(16, residues, first));
      const double deviation = dram(run(some)) / dram(exact) - 1;
      found += deviation * deviation;
      stated += some.relative_error() * some.relative_error();
    }
    CHECK(stated > 0 && stated < before);
    CHECK(found < 2 * stated && stated < 2 * found);
    before = stated;
  }

  // By hand: 3 and 5 lines of two remainders of four.
  HierarchyOptions options;
  options.caches = {{4, 8, Boundary::dram}};
  options.sample_of = 4;
  options.residues = {0, 1};
  Hierarchy two(options);
  for (const std::uint64_t line : {0, 4, 8, 1, 5, 9, 13, 17, 2, 3}) {
    two.touch(0, line, kWeights, Access::read, 0);
  }
  CHECK_EQ(lines_at(two.traffic(), Boundary::dram, Direction::read), 16);
  // Variance 2, over two of them 1, half of which is left after the two that are known; mean 4.
  CHECK(std::abs(two.relative_error() - std::sqrt(0.5) / 4) < 1e-12);
  options.residues = {0, 1, 2};
  Hierarchy three(options);
  three.touch(0, 1, kWeights, Access::read, 0);
  CHECK_EQ(three.traffic().bytes[static_cast<int>(Boundary::dram)][0][0][0], 64 * 4 / 3);
  options.residues = {1};
  Hierarchy single(options);
  CHECK_EQ(single.relative_error(), 0);  // nothing moved
  single.touch(0, 1, kWeights, Access::read, 0);
  CHECK(std::isinf(single.relative_error()));
}

void test_errors() {
  const HierarchyOptions good = sampled_options(1, 0);
  const auto error_of = [&](auto&& spoil) {
    HierarchyOptions options = good;
    spoil(options);
    const std::string error = hierarchy_error(options);
    bool thrown = false;
    try {
      Hierarchy hierarchy(options);
    } catch (const std::invalid_argument& e) {
      thrown = e.what() == error;
    }
    CHECK_EQ(thrown, error != "");
    return error;
  };
  using O = HierarchyOptions;
  CHECK_EQ(error_of([](O&) {}), "");
  CHECK_EQ(error_of([](O& o) { o.caches.clear(); }), "caches must be 1..3, got 0");
  CHECK_EQ(error_of([](O& o) { o.caches.insert(o.caches.begin(), o.caches[0]); }),
           "caches must be 1..3, got 4");
  CHECK_EQ(error_of([](O& o) { o.caches[1].sets = 0; }), "cache 2: sets must be at least 1, got 0");
  CHECK_EQ(error_of([](O& o) { o.caches[2].ways = -1; }), "cache 3: ways must be at least 1, got -1");
  CHECK_EQ(error_of([](O& o) { o.line_bytes = 48; }), "lineBytes must be a power of two, at least 4, got 48");
  CHECK(error_of([](O& o) { o.line_bytes = 2; }) != "");
  CHECK(error_of([](O& o) { o.line_bytes = -64; }) != "");
  CHECK(error_of([](O& o) { o.caches[0].behind = Boundary::l1; }) != "");
  CHECK(error_of([](O& o) { o.caches[1].behind = Boundary::l2; }) != "");
  CHECK(error_of([](O& o) { o.caches[1].behind = Boundary::dram; }) != "");
  CHECK(error_of([](O& o) { o.caches[2].behind = Boundary::l3; }) != "");
  CHECK_EQ(error_of([](O& o) { o.threads = 0; }), "threads must be 1..256, got 0");
  CHECK_EQ(error_of([](O& o) { o.threads = 257; }), "threads must be 1..256, got 257");
  CHECK(error_of([](O& o) { o.caches[2].sets = std::int64_t{1} << 40; }) != "");
  CHECK(error_of([](O& o) { o.caches[2] = {std::int64_t{1} << 40, std::int64_t{1} << 40}; }) != "");
  CHECK(error_of([](O& o) {
          o.threads = 256;
          o.shared_last = false;
          o.caches[2].sets = 1 << 22;
        }) != "");
  CHECK_EQ(error_of([](O& o) {
             o.replacement = Replacement::tree_plru;
             o.caches[0].ways = 12;
           }),
           "cache 1: tree-PLRU needs a power of two of ways, at most 64, got 12");
  CHECK(error_of([](O& o) {
          o.replacement = Replacement::tree_plru;
          o.caches[0].ways = 128;
        }) != "");
  CHECK_EQ(error_of([](O& o) { o.sample_of = 0; }), "sampleOf must be at least 1, got 0");
  const auto sample = [](O& o, std::int64_t of, std::vector<std::int64_t> residues) {
    o.sample_of = of;
    o.residues = std::move(residues);
  };
  CHECK_EQ(error_of([&](O& o) { sample(o, 3, {0}); }), "sampleOf = 3 doesn't divide the 16 sets of cache 1");
  CHECK_EQ(error_of([&](O& o) { sample(o, 32, {0}); }),
           "sampleOf = 32 doesn't divide the 16 sets of cache 1");
  CHECK_EQ(error_of([&](O& o) { sample(o, 4, {4}); }), "residues must be 0..3, got 4");
  CHECK_EQ(error_of([&](O& o) { sample(o, 4, {-1}); }), "residues must be 0..3, got -1");
  CHECK_EQ(error_of([&](O& o) { sample(o, 4, {1, 1}); }), "residue 1 is there twice");
  CHECK(error_of([&](O& o) {
          sample(o, 4, {1});
          o.adjacent_line_prefetch = true;
        }) != "");
  CHECK_EQ(error_of([](O& o) {
             o.caches = {{4, 4, Boundary::dram}};
             o.last = LastCache::victim;
           }),
           "a victim cache needs a cache before it, got 1 cache");
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
  test_sampling();
  test_errors();
  return finish();
}
