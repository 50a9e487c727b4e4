#include "traffic/counter.h"

#include <algorithm>

namespace rooftile::traffic {
namespace {

constexpr int index(Operand operand) {
  return static_cast<int>(operand);
}

}  // namespace

void Traffic::add(const Traffic& other) {
  const std::int64_t* from = &other.bytes[0][0][0][0];
  std::int64_t* to = &bytes[0][0][0][0];
  for (std::size_t i = 0; i < sizeof bytes / sizeof *to; ++i) to[i] += from[i];
}

Counter::Counter(const Residency& residency, const TileCounts& tiles,
                 const std::array<bool, kOperands>& shared)
    : residency_(residency), shared_(shared) {
  generation_.fill(1);
  run_start_.fill(1);
  position_.fill(-1);
  for (int b = 0; b < kBoundaries; ++b) {
    for (int o = 0; o < kOperands; ++o) {
      const int cell = b * kOperands + o;
      stamps_[cell].assign(static_cast<std::size_t>(tiles[o]), 0);
      const Scope scope = residency.scope[b][o];
      if (scope != Scope::none && scope != Scope::run) {
        forgotten_[static_cast<int>(scope)].push_back(static_cast<std::uint8_t>(cell));
      }
    }
  }
}

void Counter::touch(const Block& block, Access access) {
  const std::int64_t bytes = block.rows * block.row_bytes;
  for (int b = 0; b < kBoundaries; ++b) {
    const int cell = b * kOperands + index(block.operand);
    std::uint32_t& stamp = stamps_[cell][static_cast<std::size_t>(block.tile)];
    const bool held = stamp == generation_[cell] && residency_.scope[b][index(block.operand)] != Scope::none;
    if (held) continue;
    const bool first_in_run = stamp < run_start_[cell];
    stamp = generation_[cell];
    miss(b, block, access, bytes, first_in_run);
  }
}

void Counter::miss(int boundary, const Block& block, Access access, std::int64_t bytes, bool first_in_run) {
  const bool at_dram = boundary == static_cast<int>(Boundary::dram);
  const Scope scope = residency_.scope[boundary][index(block.operand)];
  if (at_dram && shared_[index(block.operand)] && scope != Scope::none) {
    Fetch fetch{block.tile, {}, bytes, first_in_run};
    for (int s = static_cast<int>(scope); s < kScopes; ++s) fetch.position[s] = position_[s];
    fetches_[index(block.operand)].push_back(fetch);
    return;
  }
  auto& row = traffic_.bytes[boundary][index(block.operand)];
  const auto charge = [&](Direction direction, Cause cause) {
    row[static_cast<int>(direction)][static_cast<int>(cause)] += bytes;
  };
  const bool scratch = block.operand == Operand::packed_weights || block.operand == Operand::packed_inputs;
  // What a warm run still fetches, a larger cache would have kept.
  const Cause once = warm_ ? Cause::capacity : Cause::compulsory;
  const Cause again = block.operand == Operand::outputs ? Cause::partial_sum : Cause::capacity;
  if (access != Access::write) {
    charge(Direction::read, first_in_run ? once : again);
  } else if (boundary != static_cast<int>(Boundary::l1)) {
    charge(Direction::read,
           Cause::write_allocate);  // a cache fetches the line before a store can change part of it
  }
  if (access != Access::read) {
    charge(Direction::write, scratch ? Cause::write_back : first_in_run ? once : again);
  }
}

void Counter::restart_warm() {
  warm_ = true;
  traffic_ = {};
  for (std::size_t cell = 0; cell < generation_.size(); ++cell) {
    if (residency_.scope[cell / kOperands][cell % kOperands] != Scope::run)
      run_start_[cell] = ++generation_[cell];
  }
  for (auto& list : fetches_) list.clear();
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
          other_tile && all[i].first_in_run && !threads[0].warm_ ? Cause::compulsory : Cause::capacity;
      rows[o][static_cast<int>(Direction::read)][static_cast<int>(cause)] += all[i].bytes;
    }
  }
}

}  // namespace rooftile::traffic
