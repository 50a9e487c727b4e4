#include "traffic/hierarchy.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "traffic/cache_group.h"

namespace rooftile::traffic {

namespace {

/** A thread's number in its group. */
struct Place {
  CacheGroup* group;
  std::size_t thread;
};

}  // namespace

struct Hierarchy::State {
  explicit State(const HierarchyOptions& options) : options(options) {
    const bool together = options.shared_last;
    const std::int64_t count = together ? 1 : options.threads;
    groups.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) groups.emplace_back(options, together ? options.threads : 1);
    for (std::int64_t thread = 0; thread < options.threads; ++thread) {
      const auto number = static_cast<std::size_t>(thread);
      places.push_back(together ? Place{&groups[0], number} : Place{&groups[number], 0});
    }
    if (options.residues.empty()) return;
    sampled.resize(static_cast<std::size_t>(options.sample_of));
    for (const std::int64_t residue : options.residues) sampled[static_cast<std::size_t>(residue)] = 1;
  }

  HierarchyOptions options;
  std::vector<CacheGroup> groups;     // one, or one a thread
  std::vector<Place> places;          // of each thread
  std::vector<std::uint8_t> sampled;  // by remainder; empty: all lines
  std::int64_t touched = 0;
};

namespace {

const HierarchyOptions& checked(const HierarchyOptions& options) {
  if (auto e = hierarchy_error(options); !e.empty()) throw std::invalid_argument(e);
  return options;
}

}  // namespace

Hierarchy::Hierarchy(const HierarchyOptions& options) : state_(std::make_unique<State>(checked(options))) {}

Hierarchy::~Hierarchy() = default;

void Hierarchy::touch(int thread, std::uint64_t line, Operand operand, Access access, std::int32_t pass) {
  State& state = *state_;
  ++state.touched;
  if (!state.sampled.empty() && state.sampled[line % state.sampled.size()] == 0) return;
  const Place place = state.places[static_cast<std::size_t>(thread)];
  place.group->touch(place.thread, line, operand, access, pass);
}

void Hierarchy::flush() {
  for (CacheGroup& group : state_->groups) group.flush();
}

void Hierarchy::restart_warm() {
  state_->touched = 0;
  for (CacheGroup& group : state_->groups) group.restart_warm();
}

Traffic Hierarchy::traffic() const {
  const HierarchyOptions& options = state_->options;
  Traffic total;
  for (const CacheGroup& group : state_->groups) total.add(group.lines_moved());
  const std::int64_t of = options.residues.empty() ? 1 : options.sample_of;
  const std::int64_t sampled =
      options.residues.empty() ? 1 : static_cast<std::int64_t>(options.residues.size());
  std::int64_t* bytes = &total.bytes[0][0][0][0];
  for (std::size_t i = 0; i < sizeof total.bytes / sizeof *bytes; ++i) {
    const std::int64_t moved = bytes[i] * options.line_bytes;
    // In two steps: moved × of might not fit.
    bytes[i] = moved / sampled * of + moved % sampled * of / sampled;
  }
  return total;
}

double Hierarchy::relative_error() const {
  const HierarchyOptions& options = state_->options;
  const double count = static_cast<double>(options.residues.size());
  const double share = count / static_cast<double>(options.sample_of);
  if (options.residues.empty() || share == 1) return 0;
  std::vector<double> lines;
  double sum = 0;
  for (const std::int64_t residue : options.residues) {
    double moved = 0;
    for (const CacheGroup& group : state_->groups) {
      moved += static_cast<double>(group.dram_lines_by_remainder()[static_cast<std::size_t>(residue)]);
    }
    lines.push_back(moved);
    sum += moved;
  }
  if (sum == 0) return 0;
  if (lines.size() == 1) return std::numeric_limits<double>::infinity();
  const double mean = sum / count;
  double squares = 0;
  for (const double moved : lines) squares += (moved - mean) * (moved - mean);
  return std::sqrt(squares / (count - 1) / count * (1 - share)) / mean;
}

std::int64_t Hierarchy::lines() const {
  return state_->touched;
}

}  // namespace rooftile::traffic
