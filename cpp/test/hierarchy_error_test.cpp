// What a hierarchy refuses, and in which words.
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "check.h"
#include "traffic/hierarchy.h"

using namespace rooftile::test;
using namespace rooftile::traffic;

namespace {

void test_errors() {
  HierarchyOptions good;
  good.caches = {{16, 2, Boundary::l2}, {32, 4, Boundary::l3}, {64, 8, Boundary::dram}};
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
  test_errors();
  return finish();
}
