// Stack distances against caches: for every size an LRU cache that holds its lines in a plain vector, with
// changed ones written back when they leave.
#include "traffic/stack_distance.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"
#include "traffic/recency_stack.h"

using namespace rooftile::test;
using namespace rooftile::traffic;

namespace {

std::mt19937 random_bits(5);

std::uint64_t any_below(std::uint64_t end) {
  return random_bits() % end;
}

struct Event {
  std::uint64_t line;
  Operand operand;
  Access access;
};
using Trace = std::vector<Event>;

class LruCache {
 public:
  explicit LruCache(std::int64_t lines) { moved_.cache_lines = lines; }

  void touch(const Event& event) {
    const auto held = std::find_if(lines_.begin(), lines_.end(),
                                   [&](const Line& line) { return line.number == event.line; });
    Line line{event.line, event.operand, event.access != Access::read};
    if (held != lines_.end()) {
      line.dirty = line.dirty || held->dirty;
      lines_.erase(held);
    } else {
      ++moved_.reads[static_cast<std::size_t>(event.operand)];
      if (static_cast<std::int64_t>(lines_.size()) == moved_.cache_lines) {
        write_back(lines_.back());
        lines_.pop_back();
      }
    }
    lines_.insert(lines_.begin(), line);
  }

  void flush() {
    for (Line& line : lines_) write_back(line);
  }
  void restart_warm() {
    moved_.reads = {};
    moved_.writes = {};
  }
  const MissStep& moved() const { return moved_; }

 private:
  struct Line {
    std::uint64_t number;
    Operand operand;
    bool dirty;
  };

  void write_back(Line& line) {
    moved_.writes[static_cast<std::size_t>(line.operand)] += line.dirty;
    line.dirty = false;
  }

  MissStep moved_;
  std::vector<Line> lines_;  // last used first
};

/** What the curve says of a cache of so many lines. */
MissStep at_size(const std::vector<MissStep>& curve, std::int64_t lines) {
  const auto above =
      std::upper_bound(curve.begin(), curve.end(), lines,
                       [](std::int64_t value, const MissStep& step) { return value < step.cache_lines; });
  return *(above - 1);
}

std::int64_t total(const std::array<std::int64_t, kOperands>& by_operand) {
  std::int64_t sum = 0;
  for (const std::int64_t lines : by_operand) sum += lines;
  return sum;
}

/** The distances and caches of all sizes up to two more than there are lines. */
struct Pair {
  explicit Pair(std::int64_t lines) {
    for (std::int64_t size = 1; size <= lines + 2; ++size) caches.emplace_back(size);
  }
  void run(const Trace& trace) {
    for (const Event& event : trace) {
      distances.touch(event.line, event.operand, event.access);
      for (LruCache& cache : caches) cache.touch(event);
    }
  }
  void flush() {
    distances.flush();
    for (LruCache& cache : caches) cache.flush();
  }
  void restart_warm() {
    distances.restart_warm();
    for (LruCache& cache : caches) cache.restart_warm();
  }
  void check() {
    const std::vector<MissStep> curve = distances.curve();
    CHECK_EQ(curve.front().cache_lines, 1);
    for (std::size_t i = 1; i < curve.size(); ++i) {
      CHECK(curve[i].cache_lines > curve[i - 1].cache_lines);
      CHECK(curve[i].reads != curve[i - 1].reads || curve[i].writes != curve[i - 1].writes);
    }
    for (const LruCache& cache : caches) {
      const MissStep step = at_size(curve, cache.moved().cache_lines);
      CHECK(step.reads == cache.moved().reads);
      CHECK(step.writes == cache.moved().writes);
    }
  }

  StackDistances distances;
  std::vector<LruCache> caches;
};

/** Each line is used by two operands now and then, and a third of the uses write. */
Event any_event(std::uint64_t line) {
  constexpr Access kAccesses[] = {Access::read, Access::read, Access::write, Access::update};
  const std::uint64_t operand = (line + (any_below(8) == 0 ? 1 : 0)) % kOperands;
  return {line, static_cast<Operand>(operand), kAccesses[any_below(line % 3 == 0 ? 1 : 4)]};
}

constexpr std::uint64_t kLines = 40;
/** More than there are slots at first: the order is compacted on the way. */
constexpr int kTouches = 18000;

Trace uniform() {
  Trace trace;
  for (int i = 0; i < kTouches; ++i) trace.push_back(any_event(any_below(kLines)));
  return trace;
}

/** Small numbers are much likelier than large ones. */
Trace skewed() {
  Trace trace;
  for (int i = 0; i < kTouches; ++i)
    trace.push_back(any_event(any_below(any_below(any_below(kLines) + 1) + 1)));
  return trace;
}

/** To and fro, so that all distances occur; lines far apart, so that none are neighbours. */
Trace swinging() {
  Trace trace;
  for (int i = 0; i < kTouches; ++i) {
    const std::uint64_t at = static_cast<std::uint64_t>(i) % (2 * kLines);
    trace.push_back(any_event((at < kLines ? at : 2 * kLines - 1 - at) << 50));
  }
  return trace;
}

/** Three loops over blocks: sums are updated, packed blocks written and read again. */
Trace blocked() {
  Trace trace;
  for (int repeat = 0; repeat < 6; ++repeat) {
    for (std::uint64_t j = 0; j < 3; ++j) {
      for (std::uint64_t p = 0; p < 3; ++p) {
        for (std::uint64_t line = 0; line < 4; ++line) {
          trace.push_back({p * 12 + j * 4 + line, Operand::weights, Access::read});
          trace.push_back({100 + line, Operand::packed_weights, Access::write});
        }
        for (std::uint64_t i = 0; i < 3; ++i) {
          for (std::uint64_t line = 0; line < 4; ++line) {
            trace.push_back({100 + line, Operand::packed_weights, Access::read});
            trace.push_back({200 + i * 3 + p, Operand::inputs, Access::read});
          }
          trace.push_back({300 + i * 3 + j, Operand::outputs, p == 0 ? Access::write : Access::update});
        }
      }
    }
  }
  return trace;
}

void check_trace(const Trace& trace) {
  std::set<std::uint64_t> different;
  for (const Event& event : trace) different.insert(event.line);
  const auto lines = static_cast<std::int64_t>(different.size());
  Pair cold(lines);
  cold.run(trace);
  cold.flush();
  cold.check();
  CHECK_EQ(cold.distances.lines(), static_cast<std::int64_t>(trace.size()));
  CHECK_EQ(cold.distances.distinct_lines(), lines);

  Pair warm(lines);
  warm.run(trace);
  warm.restart_warm();
  CHECK_EQ(warm.distances.lines(), 0);
  warm.run(trace);
  warm.check();
  CHECK_EQ(warm.distances.lines(), static_cast<std::int64_t>(trace.size()));
  CHECK_EQ(warm.distances.distinct_lines(), lines);
}

/** What a flush left unchanged isn't written back by the next. */
void check_two_flushes() {
  Pair pair(kLines);
  for (int round = 0; round < 2; ++round) {
    Trace trace;
    for (int i = 0; i < 100; ++i) trace.push_back(any_event(any_below(kLines)));
    pair.run(trace);
    pair.flush();
    pair.check();
  }
  const std::int64_t written = total(pair.distances.curve().back().writes);
  CHECK(written > 0);
  pair.distances.flush();
  CHECK_EQ(total(pair.distances.curve().back().writes), written);
}

/** A stack of few slots, compacted and enlarged again and again, against a plain vector. */
void check_recency() {
  RecencyStack stack(64);
  std::vector<std::uint32_t> order;  // last used first
  for (int i = 0; i < 30000; ++i) {
    if (order.empty() || any_below(60) == 0) {
      order.insert(order.begin(), stack.add());
      CHECK_EQ(order.front() + 1, static_cast<std::uint32_t>(order.size()));
      continue;
    }
    // Deep, not so deep, and the first.
    const std::uint64_t depth = any_below(any_below(3) == 0 ? order.size() : any_below(order.size()) + 1);
    const auto at = order.begin() + static_cast<std::ptrdiff_t>(depth);
    CHECK_EQ(stack.use(*at), depth);
    std::rotate(order.begin(), at, at + 1);
  }
  CHECK_EQ(stack.size(), order.size());
}

/** More lines than there are slots at first. */
void check_many_lines() {
  constexpr std::int64_t kMany = 100000;
  StackDistances distances;
  for (int round = 0; round < 3; ++round) {
    for (std::int64_t line = 0; line < kMany; ++line) {
      distances.touch(static_cast<std::uint64_t>(line), Operand::state, Access::update);
    }
  }
  const std::vector<MissStep> curve = distances.curve();
  CHECK_EQ(curve.size(), std::size_t{2});
  CHECK_EQ(curve.back().cache_lines, kMany);
  CHECK_EQ(total(curve.front().reads), 3 * kMany);
  CHECK_EQ(total(curve.back().reads), kMany);
  CHECK_EQ(total(curve.front().writes), 2 * kMany);
  CHECK_EQ(total(curve.back().writes), 0);
  CHECK_EQ(curve.front().reads[static_cast<std::size_t>(Operand::state)], 3 * kMany);
}

/** A tenth of the lines tells of all. 6.5 thousand are followed, so that the standard error is near 1.2 %. */
void check_sample() {
  constexpr std::int64_t kMany = 1 << 16;
  constexpr double kError = 0.04;
  StackDistances all, sample(0.1);
  for (int i = 0; i < 8 * kMany; ++i) {
    Event event = any_event(any_below(kMany));
    // Half of the touches go to a sixteenth of the lines.
    if (i % 2 == 0) event.line /= 16;
    all.touch(event.line, event.operand, event.access);
    sample.touch(event.line, event.operand, event.access);
  }
  all.flush();
  sample.flush();
  CHECK_EQ(sample.lines(), 8 * kMany);
  const auto near = [&](std::int64_t estimate, std::int64_t exact) {
    const auto e = static_cast<double>(exact);
    CHECK(std::fabs(static_cast<double>(estimate) - e) <= kError * e);
  };
  near(sample.distinct_lines(), all.distinct_lines());
  const std::vector<MissStep> exact = all.curve(), estimate = sample.curve();
  for (std::size_t i = 1; i < estimate.size(); ++i) {
    CHECK(estimate[i].cache_lines > estimate[i - 1].cache_lines);
  }
  for (std::int64_t size = 512; size < kMany; size += 512) {
    near(total(at_size(estimate, size).reads), total(at_size(exact, size).reads));
    near(total(at_size(estimate, size).writes), total(at_size(exact, size).writes));
  }
  near(total(estimate.back().reads), total(exact.back().reads));
}

void check_limits() {
  StackDistances distances(1, 3);
  for (std::uint64_t line = 0; line < 3; ++line) distances.touch(line, Operand::inputs, Access::read);
  distances.touch(2, Operand::inputs, Access::read);
  try {
    distances.touch(77, Operand::inputs, Access::read);
    CHECK(!"a fourth line is one too many");
  } catch (const std::length_error& error) {
    CHECK(std::string(error.what()).find("4 ") == 0);
    CHECK(std::string(error.what()).find("3 ") != std::string::npos);
  }
  for (const std::int64_t none : {0, -1}) {
    StackDistances nothing(1, none);
    try {
      nothing.touch(0, Operand::inputs, Access::read);
      CHECK(!"no line may be followed");
    } catch (const std::length_error&) {
      CHECK(true);
    }
  }
  for (const double rate : {0.0, -1.0, 1.5, std::nan("")}) {
    try {
      StackDistances wrong(rate);
      CHECK(!"a rate is a share");
    } catch (const std::invalid_argument&) {
      CHECK(true);
    }
  }
}

void check_empty() {
  StackDistances distances;
  distances.flush();
  const std::vector<MissStep> curve = distances.curve();
  CHECK_EQ(curve.size(), std::size_t{1});
  CHECK_EQ(curve.front().cache_lines, 1);
  CHECK_EQ(total(curve.front().reads) + total(curve.front().writes), 0);
}

}  // namespace

int main() {
  check_trace(uniform());
  check_trace(skewed());
  check_trace(swinging());
  check_trace(blocked());
  check_two_flushes();
  check_recency();
  check_many_lines();
  check_sample();
  check_limits();
  check_empty();
  return finish();
}
