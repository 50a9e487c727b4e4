#include "traffic/rotation.h"

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "check.h"

using namespace rooftile::traffic;

namespace {

/** One call of `touches` blocks, whose tiles number the call. */
void call(Rotation::Channel& channel, std::int64_t number, int touches = 1) {
  for (int i = 0; i < touches; ++i) {
    Block block{};
    block.tile = number;
    channel.push({block, Access::read});
  }
  channel.end_call();
}

using Told = std::vector<std::pair<int, std::int64_t>>;

/** Who told which call, in order; part i makes calls[i] calls. */
Told told_by(Rotation& rotation, const std::vector<int>& calls) {
  Told told;
  rotation.run(
      static_cast<int>(calls.size()),
      [&](int thread, Rotation::Channel& channel) {
        for (int i = 0; i < calls[static_cast<std::size_t>(thread)]; ++i) call(channel, i);
      },
      [&](int thread, std::span<const Touch> touches) { told.emplace_back(thread, touches[0].block.tile); });
  return told;
}

/** Turns of one call each, those that have ended left out. */
Told in_turn(const std::vector<int>& calls) {
  Told expected;
  bool any = true;
  for (int turn = 0; any; ++turn) {
    any = false;
    for (std::size_t thread = 0; thread < calls.size(); ++thread) {
      if (turn >= calls[thread]) continue;
      expected.emplace_back(static_cast<int>(thread), turn);
      any = true;
    }
  }
  return expected;
}

void test_turns() {
  Rotation rotation(4);
  // More than a batch of 1024 calls, exactly one, one more; some parts end long before others, some have
  // nothing.
  const std::vector<std::vector<int>> runs = {
      {3, 3, 3, 3}, {5, 1, 0, 2}, {0, 0, 0, 7}, {2500, 1024, 1025, 1}, {0, 0, 0, 0},
      {1023, 4096}, {2000},       {},           {1024, 2048, 0},       {1, 0, 5000, 1}};
  for (const auto& calls : runs) CHECK(told_by(rotation, calls) == in_turn(calls));
}

void test_sizes_of_calls() {
  Rotation rotation(2);
  std::vector<std::size_t> sizes;
  rotation.run(
      2,
      [](int thread, Rotation::Channel& channel) {
        channel.end_call();  // no blocks, no turn
        for (int i = 1; i <= 3; ++i) call(channel, i, 10 * thread + i);
        channel.end_call();
      },
      [&](int, std::span<const Touch> touches) {
        sizes.push_back(touches.size());
        for (const Touch& touch : touches) CHECK_EQ(touch.block.tile, touches[0].block.tile);
      });
  CHECK(sizes == (std::vector<std::size_t>{1, 11, 2, 12, 3, 13}));
}

void test_many_threads() {
  Rotation rotation(64);
  std::vector<int> calls;
  for (int i = 0; i < 64; ++i) calls.push_back(i * 37 % 101);
  for (int run = 0; run < 3; ++run) CHECK(told_by(rotation, calls) == in_turn(calls));
  calls.resize(3);
  CHECK(told_by(rotation, calls) == in_turn(calls));
}

/** What `run` throws; the rotation then serves the next run as if nothing had happened. */
template <class Run>
std::string thrown(Rotation& rotation, Run&& run) {
  std::string what = "nothing";
  try {
    run();
  } catch (const std::runtime_error& error) {
    what = error.what();
  }
  const std::vector<int> calls = {2, 3, 1};
  CHECK(told_by(rotation, calls) == in_turn(calls));
  return what;
}

void test_exceptions() {
  Rotation rotation(3);
  const auto many = [](int, Rotation::Channel& channel) {
    for (int i = 0; i < 5000; ++i) call(channel, i);
  };

  // In a part, in the middle of a call: the others go on, and what was told of that call isn't.
  std::vector<int> told(3);
  const std::string in_part = thrown(rotation, [&] {
    rotation.run(
        3,
        [&](int thread, Rotation::Channel& channel) {
          if (thread != 1) return many(thread, channel);
          call(channel, 0);
          channel.push({});
          throw std::runtime_error("part");
        },
        [&](int thread, std::span<const Touch>) { ++told[static_cast<std::size_t>(thread)]; });
  });
  CHECK_EQ(in_part, "part");
  CHECK(told == (std::vector<int>{5000, 1, 5000}));

  // Before the first call, by all.
  const std::string by_all = thrown(rotation, [&] {
    rotation.run(
        3, [](int, Rotation::Channel&) { throw std::runtime_error("all"); },
        [](int, std::span<const Touch>) { CHECK(false); });
  });
  CHECK_EQ(by_all, "all");

  // Where it is told: parts run to their end, even those that wait for their batch to be taken.
  std::atomic<int> ended = 0;
  const std::string in_tell = thrown(rotation, [&] {
    int turns = 0;
    rotation.run(
        3,
        [&](int thread, Rotation::Channel& channel) {
          many(thread, channel);
          ++ended;
        },
        [&](int, std::span<const Touch>) {
          if (++turns == 10) throw std::runtime_error("tell");
        });
  });
  CHECK_EQ(in_tell, "tell");
  CHECK_EQ(ended.load(), 3);

  // In both: the one where it is told.
  const std::string in_both = thrown(rotation, [&] {
    rotation.run(
        2,
        [&](int, Rotation::Channel& channel) {
          call(channel, 0);
          throw std::runtime_error("part");
        },
        [](int, std::span<const Touch>) { throw std::runtime_error("tell"); });
  });
  CHECK_EQ(in_both, "tell");
}

/** A rotation that never ran, and one that goes at once after a run, end their threads. */
void test_ends() {
  for (int i = 0; i < 50; ++i) {
    Rotation idle(8);
    Rotation rotation(8);
    CHECK_EQ(told_by(rotation, {1, 1}).size(), std::size_t{2});
  }
}

}  // namespace

int main() {
  test_turns();
  test_sizes_of_calls();
  test_many_threads();
  test_exceptions();
  test_ends();
  return rooftile::test::finish();
}
