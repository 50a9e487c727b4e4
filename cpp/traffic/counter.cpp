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
  }
  list_cells();
}

void Counter::list_cells() {
  held_ = {};
  forgotten_ = {};
  for (int o = 0; o < kOperands; ++o) {
    for (int b = 0; b < kBoundaries; ++b) {
      const Scope scope = residency_.scope[b][o];
      if (scope == kNoScope) continue;
      held_[o].push_back(static_cast<std::uint8_t>(b));
      if (scope == kRunScope) continue;
      forgotten_[static_cast<std::size_t>(scope)].push_back(
          {static_cast<std::uint8_t>(o), static_cast<std::uint8_t>(b)});
    }
  }
}

void Counter::change(const Residency& residency) {
  before_ = traffic();
  forget_bytes();
  for (int o = 0; o < kOperands; ++o) {
    for (int b = 0; b < kBoundaries; ++b) {
      if (residency.scope[b][o] != residency_.scope[b][o]) ++generation_[o][b];
    }
  }
  residency_ = residency;
  list_cells();
}

void Counter::windows(Operand operand, const std::array<std::int64_t, kBoundaries>& passes) {
  Windows& windows = windows_[static_cast<std::size_t>(operand)];
  windows.passes = passes;
  windows.seen.assign(stamps_[static_cast<std::size_t>(operand)].size() / kBoundaries, 0);
}

void Counter::log_shared(int operand, std::int64_t tile, std::int64_t bytes, bool first) {
  Fetch fetch{tile, {}, bytes, first};
  const Scope scope = residency_.scope[static_cast<int>(Boundary::dram)][operand];
  for (std::size_t s = static_cast<std::size_t>(scope); s < kScopes; ++s) fetch.position[s] = position_[s];
  auto& list = fetches_[operand];
  if (list.size() == kMostFetches) {
    throw std::length_error(
        "a shared last cache that holds so little makes too many fetches to compare: count with one "
        "thread, or with a larger last cache");
  }
  list.push_back(fetch);
}

void Counter::forget_bytes() {
  unheld_ = {};
  fetched_ = {};
  loaded_again_ = {};
}

void Counter::restart_warm() {
  ++run_;
  before_ = {};
  forget_bytes();
  for (Windows& windows : windows_) windows.unique_bytes = 0;
  for (auto& list : fetches_) list.clear();
}

Traffic Counter::traffic() const {
  Traffic traffic = before_;
  for (int o = 0; o < kOperands; ++o) {
    for (int b = 0; b < kBoundaries; ++b) {
      Sums sums = residency_.scope[b][o] == kNoScope ? unheld_[o] : fetched_[o][b];
      if (b == static_cast<int>(Boundary::l1)) {
        for (std::size_t access = 0; access < 3; ++access) sums.bytes[access][0] += loaded_again_[o][access];
      }
      charge(traffic, b, o, sums);
    }
  }
  return traffic;
}

void Counter::charge(Traffic& traffic, int boundary, int operand, const Sums& sums) const {
  auto& row = traffic.bytes[boundary][operand];
  const auto add = [&](Direction direction, Cause cause, std::int64_t bytes) {
    row[static_cast<int>(direction)][static_cast<int>(cause)] += bytes;
  };
  const Windows& windows = windows_[static_cast<std::size_t>(operand)];
  for (const bool first : {false, true}) {
    const std::int64_t read = sums.bytes[static_cast<int>(Access::read)][first];
    const std::int64_t written = sums.bytes[static_cast<int>(Access::write)][first];
    const std::int64_t updated = sums.bytes[static_cast<int>(Access::update)][first];
    // What a warm run still fetches, a larger cache would have kept.
    const Cause once = run_ > 1 ? Cause::capacity : Cause::compulsory;
    add(Direction::read, first ? once : Cause::partial_sum, updated);
    add(Direction::write, first ? once : Cause::partial_sum, updated);
    add(Direction::write,
        operand != static_cast<int>(Operand::outputs) ? Cause::write_back
        : first                                       ? once
                                                      : Cause::partial_sum,
        written);
    // A cache fetches the line before a store can change part of it; registers don't.
    if (boundary != static_cast<int>(Boundary::l1)) {
      add(Direction::read, Cause::write_allocate, written);
    }
    if (first) {
      add(Direction::read, once, read);
    } else if (windows.seen.empty()) {
      add(Direction::read, Cause::capacity, read);
    } else {
      const std::int64_t before = sums.bytes[static_cast<int>(Access::read)][true];
      const std::int64_t passes = windows.passes[static_cast<std::size_t>(boundary)];
      const std::int64_t again = std::clamp<std::int64_t>(passes * windows.unique_bytes - before, 0, read);
      add(Direction::read, Cause::capacity, again);
      add(Direction::read, Cause::halo, read - again);
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
