#include "traffic/counter.h"

#include <algorithm>
#include <stdexcept>

namespace rooftile::traffic {
void Traffic::add(const Traffic& other) {
  const std::int64_t* from = &other.bytes[0][0][0][0];
  std::int64_t* to = &bytes[0][0][0][0];
  for (std::size_t i = 0; i < sizeof bytes / sizeof *to; ++i) to[i] += from[i];
}

Counter::Counter(const Residency& residency, const TileCounts& tiles,
                 const std::array<bool, kOperands>& shared)
    : residency_(residency), shared_(shared) {
  position_.fill(-1);
  for (int o = 0; o < kOperands; ++o) {
    generation_[o].fill(1);
    stamps_[o].assign(static_cast<std::size_t>(tiles[o]) * kBoundaries, 0);
    for (int b = 0; b < kBoundaries; ++b) {
      const Scope scope = residency.scope[b][o];
      if (scope == Scope::none) continue;
      held_[o].push_back(static_cast<std::uint8_t>(b));
      if (scope == Scope::run) continue;
      forgotten_[static_cast<int>(scope)].push_back(
          {static_cast<std::uint8_t>(o), static_cast<std::uint8_t>(b)});
    }
  }
}

void Counter::log_shared(const Block& block, std::int64_t bytes, bool first) {
  const int operand = static_cast<int>(block.operand);
  Fetch fetch{block.tile, {}, bytes, first};
  const Scope scope = residency_.scope[static_cast<int>(Boundary::dram)][operand];
  for (int s = static_cast<int>(scope); s < kScopes; ++s) fetch.position[s] = position_[s];
  auto& list = fetches_[operand];
  if (list.size() == kMostFetches) {
    throw std::length_error(
        "a shared last cache that holds so little makes too many fetches to compare: count with one "
        "thread, or with a larger last cache");
  }
  list.push_back(fetch);
}

void Counter::restart_warm() {
  ++run_;
  unheld_ = {};
  fetched_ = {};
  for (auto& list : fetches_) list.clear();
}

Traffic Counter::traffic() const {
  Traffic traffic;
  for (int o = 0; o < kOperands; ++o) {
    for (int b = 0; b < kBoundaries; ++b) {
      charge(traffic, b, o, residency_.scope[b][o] == Scope::none ? unheld_[o] : fetched_[o][b]);
    }
  }
  return traffic;
}

void Counter::charge(Traffic& traffic, int boundary, int operand, const Sums& sums) const {
  const auto is = [&](Operand which) { return operand == static_cast<int>(which); };
  const bool scratch = !is(Operand::outputs);
  auto& row = traffic.bytes[boundary][operand];
  for (const bool first : {false, true}) {
    // What a warm run still fetches, a larger cache would have kept.
    const Cause again = is(Operand::outputs) ? Cause::partial_sum : Cause::capacity;
    const Cause cause = !first ? again : run_ > 1 ? Cause::capacity : Cause::compulsory;
    const std::int64_t read = sums.bytes[static_cast<int>(Access::read)][first];
    const std::int64_t written = sums.bytes[static_cast<int>(Access::write)][first];
    const std::int64_t updated = sums.bytes[static_cast<int>(Access::update)][first];
    row[static_cast<int>(Direction::read)][static_cast<int>(cause)] += read + updated;
    row[static_cast<int>(Direction::write)][static_cast<int>(scratch ? Cause::write_back : cause)] +=
        written + updated;
    // A cache fetches the line before a store can change part of it; registers don't.
    if (boundary != static_cast<int>(Boundary::l1)) {
      row[static_cast<int>(Direction::read)][static_cast<int>(Cause::write_allocate)] += written;
    }
  }
}

void Counter::merge_shared(std::vector<Counter>& threads, Traffic& total) {
  auto& rows = total.bytes[static_cast<int>(Boundary::dram)];
  for (int o = 0; o < kOperands; ++o) {
    std::vector<Fetch> all;
    for (const Counter& thread : threads) {
      all.insert(all.end(), thread.fetches_[o].begin(), thread.fetches_[o].end());
    }
    std::sort(all.begin(), all.end(), [](const Fetch& a, const Fetch& b) {
      return a.tile != b.tile ? a.tile < b.tile : a.position < b.position;
    });
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool other_tile = i == 0 || all[i].tile != all[i - 1].tile;
      if (!other_tile && all[i].position == all[i - 1].position) continue;
      const Cause cause =
          other_tile && all[i].first && threads[0].run_ == 1 ? Cause::compulsory : Cause::capacity;
      rows[o][static_cast<int>(Direction::read)][static_cast<int>(cause)] += all[i].bytes;
    }
  }
}

}  // namespace rooftile::traffic
