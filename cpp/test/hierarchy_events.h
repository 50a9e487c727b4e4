// Traces for the tests of the hierarchy simulator, and what two results differ in.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "traffic/counter.h"

namespace rooftile::test {

using traffic::Access;
using traffic::Operand;
using traffic::Traffic;

struct Event {
  int thread;
  std::uint64_t line;
  Operand operand;
  Access access;
  std::int32_t pass;
};

inline std::int64_t differences(const Traffic& a, const Traffic& b) {
  std::int64_t count = 0;
  for (int boundary = 0; boundary < traffic::kBoundaries; ++boundary) {
    for (int operand = 0; operand < traffic::kOperands; ++operand) {
      for (int direction = 0; direction < 2; ++direction) {
        for (int cause = 0; cause < traffic::kCauses; ++cause) {
          count +=
              a.bytes[boundary][operand][direction][cause] != b.bytes[boundary][operand][direction][cause];
        }
      }
    }
  }
  return count;
}

/** Of one operand and cause. */
inline std::int64_t lines_at(const Traffic& traffic, traffic::Boundary boundary, Operand operand,
                             traffic::Direction direction, traffic::Cause cause) {
  return traffic.bytes[static_cast<int>(boundary)][static_cast<int>(operand)][static_cast<int>(direction)]
                      [static_cast<int>(cause)] /
         64;
}

/** Over all operands and causes. */
inline std::int64_t lines_at(const Traffic& traffic, traffic::Boundary boundary,
                             traffic::Direction direction) {
  std::int64_t bytes = 0;
  for (const auto& operand : traffic.bytes[static_cast<int>(boundary)]) {
    for (const std::int64_t cause : operand[static_cast<int>(direction)]) bytes += cause;
  }
  return bytes / 64;
}

/** Lines in no order, of all operands; a fifth of them come from the eight around the last one. */
inline std::vector<Event> random_events(std::mt19937& random, int threads, std::uint64_t lines, int count) {
  std::vector<Event> events;
  std::uint64_t line = 0;
  for (int i = 0; i < count; ++i) {
    const auto pick = [&](std::uint64_t below) { return static_cast<std::uint64_t>(random() % below); };
    line = pick(5) == 0 ? (line / 8 * 8 + pick(8)) % lines : pick(lines);
    // Mostly one operand a line, as in a run; sometimes another, as where buffers are used again.
    const std::uint64_t operand =
        pick(10) == 0 ? pick(traffic::kOperands) : line * traffic::kOperands / lines;
    events.push_back({static_cast<int>(pick(static_cast<std::uint64_t>(threads))), line,
                      static_cast<Operand>(operand), static_cast<Access>(pick(3)),
                      static_cast<std::int32_t>(pick(3))});
  }
  return events;
}

/** Threads walk a shared panel again and again and update outputs of their own, as in a GEMM. */
inline std::vector<Event> panel_events(int threads, std::uint64_t panel, int rounds) {
  std::vector<Event> events;
  for (int round = 0; round < rounds; ++round) {
    for (std::uint64_t line = 0; line < panel; ++line) {
      for (int thread = 0; thread < threads; ++thread) {
        const auto own = static_cast<std::uint64_t>(thread);
        events.push_back({thread, line, Operand::weights, Access::read, 0});
        events.push_back({thread, 1000 + own * 64 + line % 24, Operand::inputs, Access::read, round / 2 + 1});
        if (line % 4 == 0) {
          events.push_back({thread, 2000 + own * 64 + line, Operand::outputs,
                            round == 0 ? Access::write : Access::update, 0});
        }
      }
    }
  }
  return events;
}

}  // namespace rooftile::test
