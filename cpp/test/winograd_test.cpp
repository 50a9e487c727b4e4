// Winograd's convolutions of every ISA against the oracle: all tails of tiles, filters and channels, padding,
// groups, layouts, blocks and threads; NaN and infinities; what the plans refuse.
#include "conv/winograd.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "check.h"
#include "conv/conv.h"
#include "conv/reorder.h"
#include "conv/winograd_kernel.h"
#include "conv_cases.h"
#include "guarded.h"
#include "isas.h"
#include "reference/conv.h"

using namespace rooftile;
using namespace rooftile::conv;
using rooftile::test::GuardedFloats;
using rooftile::test::inputs_of;
using rooftile::test::kInf;
using rooftile::test::kNan;
using rooftile::test::outputs_of;
using rooftile::test::weights_of;

namespace {

constexpr Algorithm kAlgorithms[] = {Algorithm::winograd2, Algorithm::winograd4};

std::mt19937 random_bits(23);

std::int64_t any(std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random_bits);
}

/** NCHW arrays of a layer, between unreadable pages. */
struct Layer {
  Layer(const ConvShape& s, bool integers, bool at_end)
      : shape(s), inputs(inputs_of(s), at_end), weights(weights_of(s), at_end), bias(s.filters, at_end) {
    std::uniform_int_distribution<int> whole(-3, 3);
    std::uniform_real_distribution<float> real(-1.0f, 1.0f);
    const auto fill = [&](float* to, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) {
        to[i] = integers ? static_cast<float>(whole(random_bits)) : real(random_bits);
      }
    };
    fill(inputs.data(), inputs_of(s));
    fill(weights.data(), weights_of(s));
    fill(bias.data(), s.filters);
  }

  std::vector<float> expected() const {
    std::vector<float> outputs(static_cast<std::size_t>(outputs_of(shape)));
    reference::conv(shape, inputs.data(), weights.data(), bias.data(), outputs.data());
    return outputs;
  }

  /** Outputs as NCHW; those of a blocked plan are copied here. */
  std::vector<float> run(const ConvPlan& plan, const std::atomic<bool>* cancel = nullptr) const {
    CHECK_EQ(plan_error(plan, shape), std::string());
    const Geometry g(plan, shape);
    const GuardedFloats prepared(g.weights_size(), true);
    prepare_winograd_weights(plan, g, weights.data(), bias.data(), prepared.data());
    const GuardedFloats nchw(outputs_of(shape), true);
    std::fill_n(nchw.data(), outputs_of(shape), 7.0f);
    if (plan.nchw) {
      CHECK_EQ(conv::run(plan, g, {inputs.data(), prepared.data(), nchw.data()}, cancel), cancel == nullptr);
    } else {
      const GuardedFloats in(g.inputs_size(), true), out(g.outputs_size(), true);
      for (std::int64_t unit = 0; unit < input_units(g); ++unit) {
        to_blocked(g, unit, 1, inputs.data(), in.data());
      }
      CHECK_EQ(conv::run(plan, g, {in.data(), prepared.data(), out.data()}, cancel), cancel == nullptr);
      for (std::int64_t unit = 0; unit < output_units(g); ++unit) {
        from_blocked(g, unit, 1, out.data(), nchw.data());
      }
    }
    return {nchw.data(), nchw.data() + outputs_of(shape)};
  }

  ConvShape shape;
  GuardedFloats inputs, weights, bias;
};

ConvPlan plan_for(const WinogradTile& tile, Algorithm algorithm) {
  ConvPlan plan;
  plan.isa = tile.isa;
  plan.algorithm = algorithm;
  plan.qr = tile.mr;
  plan.kr = tile.kr;
  plan.kb = tile.kr;
  plan.cb = 4096;
  plan.pb = 1;
  return plan;
}

ConvShape square(std::int64_t pad = 1) {
  ConvShape s;
  s.filter_height = s.filter_width = 3;
  s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = pad;
  return s;
}

std::string describe(const ConvPlan& plan, const ConvShape& s) {
  std::string text = std::string(isa_name(plan.isa)) + " m" + std::to_string(winograd_side(plan.algorithm));
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, std::int64_t>>{{"n", s.batch},
                                                                   {"g", s.groups},
                                                                   {"c", s.channels},
                                                                   {"h", s.height},
                                                                   {"w", s.width},
                                                                   {"k", s.filters},
                                                                   {"pt", s.pad_top},
                                                                   {"pl", s.pad_left},
                                                                   {"pb", s.pad_bottom},
                                                                   {"pr", s.pad_right},
                                                                   {"kb", plan.kb},
                                                                   {"rows", plan.pb},
                                                                   {"nchw", plan.nchw},
                                                                   {"threads", plan.threads},
                                                                   {"thread_rows", plan.thread_rows}}) {
    text += std::string(" ") + name + std::to_string(value);
  }
  return text;
}

/**
 * F(2) of small whole numbers is exact: its points are whole numbers, its weights quarters. For the rest the
 * bound of direct sums, 2·K·u·(|A||B|), times what the transforms multiply sums and their rounding by.
 */
void check_case(const ConvPlan& plan, const ConvShape& s) {
  CHECK_EQ(shape_error(s), std::string());
  const bool exact = plan.algorithm == Algorithm::winograd2 && any(0, 1) == 0;
  const Layer layer(s, exact, any(0, 1) == 0);
  const std::vector<float> expected = layer.expected(), outputs = layer.run(plan);
  const double terms = static_cast<double>(s.channels / s.groups) * 9 + 1;
  const double growth = plan.algorithm == Algorithm::winograd2 ? 4.0 : 16.0;
  const double bound = exact ? 0.0 : growth * 2.0 * terms * std::sqrt(terms) * 0x1p-24;
  double worst = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = std::fabs(static_cast<double>(outputs[i]) - expected[i]);
    worst = std::isnan(error) ? kInf : std::max(worst, error);
  }
  ++test::checks;
  if (!(worst <= bound)) {
    test::report(__FILE__, __LINE__, "off by " + std::to_string(worst) + ": " + describe(plan, s));
  }
}

/** All counts of tiles and of filters up to two register tiles and one. */
void check_tails(const WinogradTile& tile, Algorithm algorithm) {
  const std::int64_t side = winograd_side(algorithm);
  int turn = 0;
  for (std::int64_t columns = 1; columns <= 2 * tile.mr + 1; ++columns) {
    for (std::int64_t filters = 1; filters <= 2 * tile.kr + 1; filters += 1 + turn % 3, ++turn) {
      ConvShape s = square();
      s.filters = filters;
      s.channels = 1 + turn % (2 * tile.block + 2);
      s.height = 1 + turn % (side + 1);
      s.width = columns * side - turn % side;
      ConvPlan plan = plan_for(tile, algorithm);
      plan.kb = turn % 2 == 0 ? 2 * tile.kr : tile.kr;
      plan.pb = 1 + turn % 3;
      check_case(plan, s);
    }
  }
}

ConvShape any_shape(const WinogradTile& tile) {
  for (;;) {
    ConvShape s = square();
    s.batch = any(0, 9) == 0 ? 0 : any(1, 3);
    s.groups = any(0, 2) == 0 ? any(2, 3) : 1;
    s.channels = s.groups * any(1, 2 * tile.block + 3);
    s.filters = s.groups * any(1, 2 * tile.kr + 3);
    s.height = any(1, 19);
    s.width = any(1, 23);
    for (std::int64_t* pad : {&s.pad_top, &s.pad_left, &s.pad_bottom, &s.pad_right}) *pad = any(0, 5);
    if (any(0, 2) == 0) s.clip_low = 0.0f;
    if (any(0, 3) == 0) s.clip_high = 6.0f;
    if (shape_error(s).empty() && !depthwise(s)) return s;
  }
}

void check_any(const WinogradTile& tile, int count) {
  for (int i = 0; i < count; ++i) {
    const ConvShape s = any_shape(tile);
    ConvPlan plan = plan_for(tile, kAlgorithms[i % 2]);
    plan.kb = tile.kr * any(1, 3);
    plan.pb = any(1, 6);
    plan.nchw = any(0, 1) == 0;
    plan.threads = any(1, 4);
    plan.thread_rows = plan.threads % 2 == 0 ? any(1, 2) : plan.threads;
    check_case(plan, s);
  }
}

/** Every output is the same whatever the threads, their grid, the blocks and the layout. */
void check_bitwise(const WinogradTile& tile, Algorithm algorithm) {
  ConvShape s = square();
  s.batch = 2;
  s.channels = 2 * tile.block + 1;
  s.filters = 3 * tile.kr + 1;
  s.height = 13;
  s.width = 17;
  const Layer layer(s, false, true);
  ConvPlan plan = plan_for(tile, algorithm);
  plan.pb = 2;
  const std::vector<float> alone = layer.run(plan);
  for (const auto& [threads, rows] : {std::pair{2, 1}, {2, 2}, {3, 3}, {4, 2}, {7, 7}, {12, 1}}) {
    plan.threads = threads;
    plan.thread_rows = rows;
    plan.pb = threads;
    plan.kb = rows * tile.kr;
    plan.nchw = rows == 2;
    const std::vector<float> together = layer.run(plan);
    CHECK(std::memcmp(alone.data(), together.data(), alone.size() * sizeof(float)) == 0);
  }
}

/** Slices of wider tensors, of other layers' numbers, and an addend: as from arrays of their own, plus what
 * is added. */
void check_slices(const WinogradTile& tile, Algorithm algorithm) {
  ConvShape s = square();
  s.batch = 2;
  s.channels = 2 * tile.block;
  s.filters = 3 * tile.block;
  s.height = 9;
  s.width = 11;
  const Layer layer(s, true, true);
  const ConvPlan plan = plan_for(tile, algorithm);
  const std::vector<float> alone = layer.run(plan);
  s.input_slice = {4 * tile.block, tile.block};
  s.output_slice = {5 * tile.block, 2 * tile.block};
  const Geometry g(plan, s);
  const GuardedFloats prepared(g.weights_size(), true), in(g.inputs_size(), true),
      out(g.outputs_size(), true), addend(g.outputs_size(), true);
  prepare_winograd_weights(plan, g, layer.weights.data(), layer.bias.data(), prepared.data());
  std::fill_n(in.data(), g.inputs_size(), kNan);
  std::fill_n(out.data(), g.outputs_size(), 7.0f);
  std::fill_n(addend.data(), g.outputs_size(), 64.5f);
  for (std::int64_t unit = 0; unit < input_units(g); ++unit)
    to_blocked(g, unit, 1, layer.inputs.data(), in.data());
  CHECK(run(plan, g, {in.data(), prepared.data(), out.data(), addend.data()}));
  std::vector<float> outputs(alone.size());
  for (std::int64_t unit = 0; unit < output_units(g); ++unit)
    from_blocked(g, unit, 1, out.data(), outputs.data());
  for (std::size_t i = 0; i < alone.size(); ++i) {
    CHECK(std::fabs(outputs[i] - 64.5f - alone[i]) <= (algorithm == Algorithm::winograd2 ? 0.0f : 1e-4f));
  }
  const std::int64_t others = s.batch * 2 * tile.block * s.height * s.width;
  CHECK_EQ(std::count(out.data(), out.data() + g.outputs_size(), 7.0f), others);
}

/**
 * One bad input: the outputs that read it are NaN or infinite, as the direct sum has them; those of tiles
 * that don't read it are what they were; clipped, a NaN stays one.
 */
void check_bad_inputs(const WinogradTile& tile, Algorithm algorithm, float bad) {
  ConvShape s = square();
  s.channels = tile.block + 2;
  s.filters = tile.kr + 1;
  s.height = s.width = 12;
  s.clip_low = -1e6f;
  const std::int64_t side = winograd_side(algorithm), plane = s.height * s.width;
  Layer layer(s, false, true);
  const ConvPlan plan = plan_for(tile, algorithm);
  const std::vector<float> before = layer.run(plan);
  for (const std::int64_t at : {std::int64_t{0}, std::int64_t{5}, std::int64_t{7}}) {
    float& input = layer.inputs.data()[2 * plane + at * s.width + at];
    const float good = input;
    input = bad;
    const std::vector<float> after = layer.run(plan);
    input = good;
    for (std::int64_t i = 0; i < outputs_of(s); ++i) {
      const std::int64_t row = i % plane / s.width, column = i % s.width;
      const auto index = static_cast<std::size_t>(i);
      const auto reads = [&](std::int64_t from, std::int64_t count) {
        return at >= from - 1 && at <= from + count;
      };
      if (reads(row, 1) && reads(column, 1)) {
        CHECK(std::isnan(after[index]) || (!std::isnan(bad) && std::isinf(after[index])) ||
              after[index] == s.clip_low);
        if (std::isnan(bad)) CHECK(std::isnan(after[index]));
      } else if (!reads(row / side * side, side) || !reads(column / side * side, side)) {
        CHECK_EQ(after[index], before[index]);
      }
    }
  }
}

void check_cancelled(const WinogradTile& tile) {
  ConvShape s = square();
  s.height = s.width = 8;
  const std::atomic<bool> cancel{true};
  const std::vector<float> outputs = Layer(s, true, true).run(plan_for(tile, Algorithm::winograd4), &cancel);
  CHECK(std::all_of(outputs.begin(), outputs.end(), [](float x) { return x == 7.0f || x == 0.0f; }));
}

void check_errors() {
  const WinogradTile& tile = winograd_tiles(Isa::scalar).front();
  const ConvPlan plan = plan_for(tile, Algorithm::winograd4);
  ConvShape s = square();
  s.height = s.width = 9;
  CHECK_EQ(plan_error(plan, s), std::string());
  ConvShape five = s;
  five.filter_height = five.filter_width = 5;
  CHECK_EQ(plan_error(plan, five),
           std::string("algorithm winograd4 needs a 3×3 filter; got 5×5; use direct"));
  ConvShape strided = s;
  strided.stride_width = 2;
  CHECK_EQ(plan_error(plan, strided),
           std::string("algorithm winograd4 needs stride 1×1; got 1×2; use direct"));
  ConvShape dilated = s;
  dilated.dilation_height = 3;
  CHECK_EQ(plan_error(plan, dilated),
           std::string("algorithm winograd4 needs dilation 1×1; got 3×1; use direct"));
  ConvShape channelwise = s;
  channelwise.groups = channelwise.channels = channelwise.filters = 8;
  CHECK_EQ(plan_error(plan, channelwise),
           std::string(
               "algorithm winograd4 needs channels that mix; got a depthwise layer of 8 groups; use direct"));
  s.channels = 5;
  ConvPlan other = plan;
  other.cb = 4;
  CHECK_EQ(plan_error(other, s),
           std::string("algorithm winograd4 sums all channels at once: cb must be at least 5, got 4"));
  other = plan;
  other.order = Order::weight;
  CHECK_EQ(plan_error(other, s), std::string("algorithm winograd4 has order blocked alone"));
  other = plan;
  other.qr = 99;
  CHECK_EQ(plan_error(other, s), std::string("qr × kr = 99 × 4 is not a Winograd tile of scalar"));
}

}  // namespace

int main() {
  check_errors();
  for (const Isa isa : test::isas()) {
    for (const WinogradTile& tile : winograd_tiles(isa)) {
      for (const Algorithm algorithm : kAlgorithms) {
        check_tails(tile, algorithm);
        check_bitwise(tile, algorithm);
        check_slices(tile, algorithm);
        for (const float bad : {kNan, kInf, -kInf}) check_bad_inputs(tile, algorithm, bad);
      }
      check_any(tile, 300);
      check_cancelled(tile);
    }
  }
  return test::finish();
}
