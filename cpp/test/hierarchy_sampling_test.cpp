// A hierarchy that simulates some of its sets: what it estimates, and how far off it says that it is.
#include <cmath>
#include <random>
#include <vector>

#include "check.h"
#include "hierarchy_events.h"
#include "traffic/hierarchy.h"

using namespace rooftile::test;
using namespace rooftile::traffic;

namespace {

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
    two.touch(0, line, Operand::weights, Access::read, 0);
  }
  CHECK_EQ(lines_at(two.traffic(), Boundary::dram, Direction::read), 16);
  // Variance 2, over two of them 1, half of which is left after the two that are known; mean 4.
  CHECK(std::abs(two.relative_error() - std::sqrt(0.5) / 4) < 1e-12);
  options.residues = {0, 1, 2};
  Hierarchy three(options);
  three.touch(0, 1, Operand::weights, Access::read, 0);
  CHECK_EQ(three.traffic().bytes[static_cast<int>(Boundary::dram)][0][0][0], 64 * 4 / 3);
  options.residues = {1};
  Hierarchy single(options);
  CHECK_EQ(single.relative_error(), 0);  // nothing moved
  single.touch(0, 1, Operand::weights, Access::read, 0);
  CHECK(std::isinf(single.relative_error()));
}

}  // namespace

int main() {
  test_sampling();
  return finish();
}
