// Every convolution tile of every ISA against the oracle: all tails of columns and filters, strides,
// dilations, padding, groups, depthwise, orders, layouts and threads.
#include "conv/conv.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "check.h"
#include "conv/reorder.h"
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
using rooftile::test::plan_for;
using rooftile::test::weights_of;

namespace {

constexpr Order kOrders[] = {Order::none, Order::weight, Order::input, Order::output, Order::blocked};

std::mt19937 random_bits(11);

std::int64_t any(std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random_bits);
}

/** Small whole numbers: every sum is exact in fp32, so the difference to the oracle must be 0. */
void fill_integers(float* to, std::int64_t count) {
  std::uniform_int_distribution<int> values(-3, 3);
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(values(random_bits));
}

void fill_reals(float* to, std::int64_t count) {
  std::uniform_real_distribution<float> values(-1.0f, 1.0f);
  for (std::int64_t i = 0; i < count; ++i) to[i] = values(random_bits);
}

struct Options {
  bool bias = true, at_end = true, reals = false, addend = false;
};

/** Runs on NCHW arrays; those of a blocked plan are copied here, into arrays between unreadable pages. An
 * addend is made up, and given back as NCHW. */
bool run_nchw(const ConvPlan& plan, const Geometry& g, const float* inputs, const float* weights,
              const float* bias, float* outputs, bool at_end = true,
              const std::atomic<bool>* cancel = nullptr, float* addend = nullptr) {
  const GuardedFloats prepared(g.weights_size(), at_end);
  prepare_weights(g, weights, bias, prepared.data());
  if (plan.nchw) return run(plan, g, {inputs, prepared.data(), outputs}, cancel);
  const GuardedFloats blocked_in(g.inputs_size(), at_end), blocked_out(g.outputs_size(), at_end);
  for (std::int64_t unit = 0; unit < input_units(g); ++unit)
    to_blocked(g, unit, 1, inputs, blocked_in.data());
  std::fill_n(blocked_out.data(), g.outputs_size(), 7.0f);
  const GuardedFloats blocked_addend(addend == nullptr ? 0 : g.outputs_size(), at_end);
  if (addend != nullptr) {
    fill_integers(blocked_addend.data(), g.outputs_size());
    for (std::int64_t unit = 0; unit < output_units(g); ++unit) {
      from_blocked(g, unit, 1, blocked_addend.data(), addend);
    }
  }
  const bool complete = run(plan, g,
                            {blocked_in.data(), prepared.data(), blocked_out.data(),
                             addend == nullptr ? nullptr : blocked_addend.data()},
                            cancel);
  std::vector<bool> own(static_cast<std::size_t>(g.outputs_size()));
  const std::int64_t row = g.output_columns * g.output_block;
  for (std::int64_t unit = 0; unit < output_units(g); ++unit) {
    from_blocked(g, unit, 1, blocked_out.data(), outputs);
    std::fill_n(own.begin() + output_row(g, unit) * row, row, true);
  }
  // Of a tensor of which the outputs are a slice, nothing else is written.
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (!own[i] && blocked_out.data()[i] != 7.0f) return false;
  }
  return complete;
}

std::string describe(const ConvPlan& plan, const ConvShape& s) {
  std::string text = isa_name(plan.isa);
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, std::int64_t>>{{"n", s.batch},
                                                                   {"g", s.groups},
                                                                   {"c", s.channels},
                                                                   {"h", s.height},
                                                                   {"w", s.width},
                                                                   {"k", s.filters},
                                                                   {"fh", s.filter_height},
                                                                   {"fw", s.filter_width},
                                                                   {"sh", s.stride_height},
                                                                   {"sw", s.stride_width},
                                                                   {"dh", s.dilation_height},
                                                                   {"dw", s.dilation_width},
                                                                   {"pt", s.pad_top},
                                                                   {"pl", s.pad_left},
                                                                   {"pb", s.pad_bottom},
                                                                   {"pr", s.pad_right},
                                                                   {"ic", s.input_slice.channels},
                                                                   {"io", s.input_slice.offset},
                                                                   {"oc", s.output_slice.channels},
                                                                   {"oo", s.output_slice.offset},
                                                                   {"kb", plan.kb},
                                                                   {"cb", plan.cb},
                                                                   {"rows", plan.pb},
                                                                   {"order", static_cast<int>(plan.order)},
                                                                   {"nchw", plan.nchw},
                                                                   {"threads", plan.threads},
                                                                   {"thread_rows", plan.thread_rows}}) {
    text += std::string(" ") + name + std::to_string(value);
  }
  return text;
}

void check_case(const ConvPlan& plan, const ConvShape& s, const Options& options = {}) {
  CHECK_EQ(shape_error(s), std::string());
  CHECK_EQ(plan_error(plan, s), std::string());
  const Geometry g(plan, s);
  const GuardedFloats inputs(inputs_of(s), options.at_end), weights(weights_of(s), options.at_end),
      bias(s.filters, options.at_end), outputs(outputs_of(s), options.at_end);
  const auto fill = options.reals ? fill_reals : fill_integers;
  fill(inputs.data(), inputs_of(s));
  fill(weights.data(), weights_of(s));
  fill(bias.data(), s.filters);
  std::vector<float> expected(static_cast<std::size_t>(outputs_of(s)));
  const float* biases = options.bias ? bias.data() : nullptr;
  std::vector<float> addend(options.addend ? expected.size() : 0);
  CHECK(run_nchw(plan, g, inputs.data(), weights.data(), biases, outputs.data(), options.at_end, nullptr,
                 options.addend ? addend.data() : nullptr));
  ConvShape summed = s;
  if (options.addend) {  // clipped after it, then
    summed.clip_low = -kInf;
    summed.clip_high = kInf;
  }
  reference::conv(summed, inputs.data(), weights.data(), biases, expected.data());
  for (std::size_t i = 0; i < addend.size(); ++i) {
    expected[i] = std::min(s.clip_high, std::max(s.clip_low, expected[i] + addend[i]));
  }
  // |Ĉ − C| ≤ 2·K·u·(|A||B|), |values| ≤ 1, one term more for the bias, and an addend of up to 3.
  const double terms = static_cast<double>(weights_of(s) / s.filters + 4);
  const double bound = options.reals ? 2.0 * terms * terms * 0x1p-24 : 0.0;
  double worst = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::fabs(static_cast<double>(outputs.data()[i]) - expected[i]));
  }
  ++test::checks;
  if (!(worst <= bound))
    test::report(__FILE__, __LINE__, "off by " + std::to_string(worst) + ": " + describe(plan, s));
}

/** All counts of columns and of filters up to two tiles and one, with one tap and with several. */
void check_tails(const ConvTile& tile) {
  int turn = 0;
  for (std::int64_t columns = 1; columns <= 2 * tile.qr + 1; ++columns) {
    for (std::int64_t filters = 1; filters <= 2 * tile.kr + 1; ++filters, ++turn) {
      ConvShape s;
      s.filters = filters;
      s.channels = tile.depthwise ? filters : 1 + turn % (2 * tile.block + 2);
      s.groups = tile.depthwise ? filters : 1;
      if (tile.depthwise && filters == 1) continue;  // one channel is no group
      s.filter_width = 1 + turn % 3;
      s.filter_height = 1 + turn % 2;
      s.stride_width = 1 + turn / 3 % 3;
      s.height = 2 + turn % 2;
      s.width = (columns - 1) * s.stride_width + s.filter_width;
      ConvPlan plan = plan_for(tile, kOrders[turn % 5]);
      plan.cb = turn % 4 == 0 ? tile.block : 4096;
      plan.kb = turn % 3 == 0 ? 2 * tile.kr : tile.kr;
      check_case(plan, s, {turn % 2 == 0, turn % 4 < 2});
    }
  }
}

/** Depthwise filters that have row kernels, and padding up to their width: every count of columns that falls
 * off on either side. */
void check_filter_rows(const ConvTile& tile) {
  int turn = 0;
  for (const std::int64_t filter : {3, 5}) {
    for (std::int64_t stride = 1; stride <= 2; ++stride) {
      for (std::int64_t left = 0; left <= filter; ++left) {
        for (std::int64_t right = 0; right <= filter; ++right) {
          for (std::int64_t width = 1; width <= stride * tile.qr + 2; ++width, ++turn) {
            ConvShape s;
            s.channels = s.filters = s.groups = tile.block + turn % 2 * 2;
            s.filter_width = filter;
            s.filter_height = 1 + turn % 3;
            s.stride_width = stride;
            s.height = 3;
            s.width = width;
            s.pad_left = left;
            s.pad_right = right;
            if (!shape_error(s).empty()) continue;
            check_case(plan_for(tile, kOrders[turn % 5]), s, {turn % 2 == 0, turn % 4 < 2});
          }
        }
      }
    }
  }
}

/** A shape with anything in it. */
ConvShape any_shape(const ConvTile& tile) {
  for (;;) {
    ConvShape s;
    s.batch = any(0, 9) == 0 ? 0 : any(1, 3);
    s.groups = tile.depthwise ? any(2, 3 * tile.block) : any(0, 2) == 0 ? any(2, 4) : 1;
    s.channels = s.groups * (tile.depthwise ? 1 : any(1, 2 * tile.block + 3));
    s.filters = s.groups * (tile.depthwise ? 1 : any(1, 2 * tile.kr + 3));
    if (depthwise(s) != tile.depthwise) continue;
    s.height = any(1, 9);
    s.width = any(1, 2 * tile.qr + 5);
    s.filter_height = any(1, 4);
    s.filter_width = any(1, 4);
    s.stride_height = any(1, 3);
    s.stride_width = any(1, 3);
    s.dilation_height = any(1, 3);
    s.dilation_width = any(1, 2);
    for (std::int64_t* pad : {&s.pad_top, &s.pad_left, &s.pad_bottom, &s.pad_right}) *pad = any(0, 4);
    if (any(0, 2) == 0) s.clip_low = 0.0f;
    if (any(0, 3) == 0) s.clip_high = 6.0f;
    if (shape_error(s).empty()) return s;
  }
}

ConvPlan any_plan(const ConvTile& tile, const ConvShape& s) {
  ConvPlan plan = plan_for(tile, kOrders[any(0, 4)]);
  plan.nchw = any(0, 1) == 0;
  plan.kb = any(1, 2) * plan.kr;
  const Geometry g(plan, s);
  plan.cb = any(1, 3) * g.block;
  plan.pb = plan.order == Order::none ? 1 : any(1, 7);
  plan.thread_rows = any(1, 3);
  plan.threads = plan.thread_rows * any(1, 2);
  return plan;
}

void check_options(const ConvTile& tile) {
  for (int i = 0; i < 1500; ++i) {
    ConvShape s = any_shape(tile);
    const ConvPlan plan = any_plan(tile, s);
    check_case(plan, s, {any(0, 1) == 0, any(0, 1) == 0, i % 3 == 0, !plan.nchw && any(0, 2) == 0});
  }
}

/** Inputs and outputs that are slices of wider tensors, at their end with a ragged block. */
void check_slices(const ConvTile& tile) {
  for (int i = 0; i < 200; ++i) {
    ConvShape s = any_shape(tile);
    const std::int64_t groups = tile.depthwise ? 1 : s.groups;
    const auto slice = [&](std::int64_t& channels) {
      const std::int64_t behind = any(0, 2) * tile.block, before = any(0, 2) * tile.block;
      channels = any(1, 3) * tile.block * groups;
      if (groups == 1 && behind == 0) channels += any(0, tile.block - 1);
      return Slice{before + channels + behind, before};
    };
    s.input_slice = slice(s.channels);
    s.output_slice = slice(s.filters);
    if (tile.depthwise) {
      s.groups = s.filters = s.channels;
      s.output_slice = s.input_slice;
    }
    ConvPlan plan = any_plan(tile, s);
    plan.nchw = false;
    check_case(plan, s, {any(0, 1) == 0, any(0, 1) == 0, false, any(0, 1) == 0});
  }
}

/** A layer whose every window has taps on the inputs, of ones. */
struct Ones {
  ConvShape s;
  std::vector<float> inputs, weights, bias, outputs;

  explicit Ones(const ConvTile& tile) {
    s.channels = s.filters = tile.kr + 1;
    s.groups = tile.depthwise ? s.channels : 1;
    s.height = s.filter_height = 2;
    s.width = tile.qr + 1;
    inputs.assign(static_cast<std::size_t>(inputs_of(s)), 1.0f);
    weights.assign(static_cast<std::size_t>(weights_of(s)), 1.0f);
    bias.assign(static_cast<std::size_t>(s.filters), 0.0f);
    outputs.assign(static_cast<std::size_t>(outputs_of(s)), 0.0f);
  }
  bool run(const ConvPlan& plan, const std::atomic<bool>* cancel = nullptr) {
    return run_nchw(plan, Geometry(plan, s), inputs.data(), weights.data(), bias.data(), outputs.data(), true,
                    cancel);
  }
  float at(std::int64_t filter, std::int64_t column) const {
    return outputs[static_cast<std::size_t>(filter * s.width + column)];
  }
};

/** NaN and Inf pass through every activation, and stay where they belong. */
void check_specials(const ConvTile& tile) {
  for (const bool nchw : {false, true}) {
    for (const std::int64_t cb : {tile.block, 4096}) {
      ConvPlan plan = plan_for(tile, Order::blocked);
      plan.nchw = nchw;
      plan.cb = tile.depthwise ? 4096 : cb;
      for (const float low : {-kInf, 0.0f}) {
        for (const float high : {kInf, 6.0f}) {
          Ones ones(tile);
          ones.s.clip_low = low;
          ones.s.clip_high = high;
          const std::int64_t last = ones.s.width - 1, filter = ones.s.filters - 1;
          const float usual =
              std::min(high, tile.depthwise ? 2.0f : 2.0f * static_cast<float>(ones.s.channels));
          ones.inputs.back() = kNan;  // the last channel and column
          CHECK(ones.run(plan));
          CHECK(std::isnan(ones.at(filter, last)));
          CHECK_EQ(ones.at(filter, 0), usual);
          if (tile.depthwise) CHECK_EQ(ones.at(0, last), usual);
          ones.inputs.back() = -kInf;
          CHECK(ones.run(plan));
          CHECK_EQ(ones.at(filter, last), low);
          CHECK_EQ(ones.at(filter, 0), usual);
          ones.inputs.back() = 1.0f;
          ones.bias.back() = kNan;
          CHECK(ones.run(plan));
          CHECK(std::isnan(ones.at(filter, 0)) && std::isnan(ones.at(filter, last)));
          CHECK_EQ(ones.at(filter - 1, 0), usual);
        }
      }
    }
  }
}

/** Bitwise equal results for every number and grid of threads. */
void check_determinism(const ConvTile& tile) {
  ConvShape s;
  s.batch = 2;
  s.channels = s.filters = 3 * tile.kr + 5;
  s.groups = tile.depthwise ? s.channels : 1;
  s.height = s.width = 2 * tile.qr + 3;
  s.filter_height = s.filter_width = 3;
  s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = 1;
  std::vector<float> inputs(static_cast<std::size_t>(inputs_of(s))),
      weights(static_cast<std::size_t>(weights_of(s))), one(static_cast<std::size_t>(outputs_of(s))),
      many(one.size());
  fill_reals(inputs.data(), inputs_of(s));
  fill_reals(weights.data(), weights_of(s));
  for (const bool nchw : {false, true}) {
    ConvPlan plan = plan_for(tile, Order::blocked);
    plan.cb = tile.depthwise ? 4096 : 2 * tile.block;
    plan.pb = 5;
    plan.nchw = nchw;
    CHECK(run_nchw(plan, Geometry(plan, s), inputs.data(), weights.data(), nullptr, one.data()));
    for (const std::int64_t threads : {2, 3, 4, 8, 64}) {
      for (std::int64_t rows = 1; rows <= threads; ++rows) {
        if (threads % rows != 0) continue;
        plan.threads = threads;
        plan.thread_rows = rows;
        std::fill(many.begin(), many.end(), 0.0f);
        CHECK(run_nchw(plan, Geometry(plan, s), inputs.data(), weights.data(), nullptr, many.data()));
        CHECK(std::memcmp(one.data(), many.data(), one.size() * sizeof(float)) == 0);
      }
    }
  }
}

void check_cancel(const ConvTile& tile) {
  const std::atomic<bool> cancel{true};
  Ones ones(tile);
  ConvPlan plan = plan_for(tile, Order::blocked);
  plan.nchw = true;
  CHECK(!ones.run(plan, &cancel));
  CHECK(std::all_of(ones.outputs.begin(), ones.outputs.end(), [](float x) { return x == 0.0f; }));
  plan.nchw = false;
  CHECK(!ones.run(plan, &cancel));
  CHECK(std::all_of(ones.outputs.begin(), ones.outputs.end(), [](float x) { return x == 7.0f; }));
}

}  // namespace

int main() {
  for (const Isa isa : rooftile::test::isas()) {
    for (const ConvTile& tile : conv_tiles(isa)) {
      check_tails(tile);
      if (tile.depthwise) check_filter_rows(tile);
      check_options(tile);
      check_slices(tile);
      check_specials(tile);
      check_determinism(tile);
      check_cancel(tile);
    }
  }
  return rooftile::test::finish();
}
