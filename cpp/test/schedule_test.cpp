// Timed, counted and observed runs make the same micro-kernel calls with the same arguments: in the same
// order on one thread; on several, where the order between threads is anyone's, the same calls in all. And
// the hash of a schedule tells schedules apart.
#include "traffic/schedule.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "check.h"
#include "conv/conv.h"
#include "gemm/gemm.h"
#include "recording_kernels.h"
#include "rnn/rnn.h"
#include "traffic/line_team.h"

using namespace rooftile;
using namespace rooftile::test;
using traffic::Access;
using traffic::Operand;
using traffic::ScheduleHash;

namespace {

using gemm::Order;
constexpr Order kOrders[] = {Order::none, Order::weight, Order::input, Order::output, Order::blocked};

struct Sink {
  std::int64_t lines = 0;
  void touch(int, std::uint64_t, Operand, Access, std::int32_t) { ++lines; }
  void restart_warm() { lines = 0; }
};

/** One plan on one set of arrays, in each of the ways to run it. */
struct Subject {
  std::int64_t threads;
  std::vector<OwnedArray> arrays;
  std::function<bool()> run;
  std::function<bool(bool warm, traffic::Traffic& result)> count;
  std::function<bool(traffic::ObserverTeam& team)> observe;
};

struct Schedule {
  KernelCalls calls;
  std::uint64_t hash;
};

KernelCalls calls_of(const Subject& subject) {
  KernelCalls calls = recorder.take(subject.arrays);
  if (subject.threads > 1) std::sort(calls.begin(), calls.end());
  return calls;
}

KernelCalls twice(const Subject& subject, const KernelCalls& once) {
  KernelCalls calls = once;
  calls.insert(calls.end(), once.begin(), once.end());
  if (subject.threads > 1) std::sort(calls.begin(), calls.end());
  return calls;
}

/** Runs a subject in every way, and returns what they have in common. */
Schedule schedule_of(const Subject& subject) {
  CHECK(subject.run());
  Schedule timed{calls_of(subject), 0};
  CHECK(!timed.calls.empty());
  for (const bool warm : {false, true}) {
    const KernelCalls expected = warm ? twice(subject, timed.calls) : timed.calls;
    traffic::Traffic traffic;
    CHECK(subject.count(warm, traffic));
    CHECK(calls_of(subject) == expected);

    Sink sink;
    std::atomic<std::int64_t> lines{0};
    traffic::LineTeam team(sink, 64, subject.threads, warm, lines);
    CHECK(subject.observe(team));
    CHECK(calls_of(subject) == expected);
    CHECK(sink.lines > 0);
    CHECK_EQ(team.schedule(), traffic.schedule);
    if (!warm) timed.hash = traffic.schedule;
    CHECK_EQ(traffic.schedule, timed.hash);
  }
  return timed;
}

std::vector<float> floats(std::int64_t count) {
  return std::vector<float>(static_cast<std::size_t>(count), 1.0f);
}

OwnedArray owned(const std::vector<float>& array) {
  return {array.data(), static_cast<std::int64_t>(array.size() * sizeof(float))};
}

enum class Layout { unpacked, packed, prepared };

gemm::GemmPlan gemm_plan(Order order, Layout layout, std::int64_t threads) {
  gemm::GemmPlan plan;
  plan.mr = 4;
  plan.nr = 4;
  plan.mc = order == Order::none ? 1 : 8;
  plan.nc = 8;
  plan.kc = 5;
  plan.order = order;
  plan.pack_weights = layout != Layout::unpacked;
  plan.prepared = layout == Layout::prepared;
  plan.pack_inputs = layout == Layout::packed;
  plan.threads = threads;
  plan.thread_rows = threads;
  return plan;
}

/** Two and a half blocks each way, with ragged tiles. */
class GemmProblem {
 public:
  Schedule schedule(const gemm::GemmPlan& plan) {
    CHECK_EQ(gemm::plan_error(plan, kShape, false, false), std::string());
    const gemm::GemmOperands op{a_.data(),        kShape.k,  false,    b_.data(), kShape.n, false,
                                prepared_.data(), c_.data(), kShape.n, 0.5f,      2.0f};
    return schedule_of(
        {plan.threads,
         {owned(a_), owned(b_), owned(prepared_), owned(c_)},
         [&] { return gemm::run(plan, kShape, op); },
         [&](bool warm, traffic::Traffic& result) {
           traffic::CountOptions options;
           options.warm = warm;
           return gemm::count(plan, kShape, op, options, nullptr, result);
         },
         [&](traffic::ObserverTeam& team) { return gemm::observe(plan, kShape, op, nullptr, team); }});
  }

 private:
  static constexpr gemm::GemmShape kShape{19, 21, 13};
  std::vector<float> a_ = floats(kShape.m * kShape.k), b_ = floats(kShape.k * kShape.n),
                     c_ = floats(kShape.m * kShape.n),
                     prepared_ = floats(
                         gemm::packed_weights_cells(kShape.n, kShape.k, gemm::panel_width(Isa::scalar)));
};

void check_different(const std::vector<Schedule>& schedules) {
  for (std::size_t i = 0; i < schedules.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      CHECK(schedules[i].calls != schedules[j].calls);
      CHECK(schedules[i].hash != schedules[j].hash);
    }
  }
}

void check_gemm() {
  GemmProblem problem;
  for (const Layout layout : {Layout::unpacked, Layout::packed, Layout::prepared}) {
    std::vector<Schedule> different;
    for (const Order order : kOrders) {
      const Schedule schedule = problem.schedule(gemm_plan(order, layout, 1));
      // Blocked has the loops of weight, and here its blocks.
      if (order != Order::blocked) different.push_back(schedule);
      // Every thread packs into scratch of its own: their distances are anyone's.
      if (layout != Layout::packed) problem.schedule(gemm_plan(order, layout, 3));
    }
    gemm::GemmPlan deeper = gemm_plan(Order::blocked, layout, 1);
    deeper.kc = 6;
    different.push_back(problem.schedule(deeper));
    check_different(different);
  }
}

conv::ConvPlan conv_plan(Order order, bool nchw, std::int64_t threads) {
  conv::ConvPlan plan;
  plan.qr = 4;
  plan.kr = 4;
  plan.kb = 4;
  plan.cb = 4;
  plan.pb = order == Order::none ? 1 : 3;
  plan.order = order;
  plan.nchw = nchw;
  plan.threads = threads;
  plan.thread_rows = threads;
  return plan;
}

Schedule conv_schedule(const conv::ConvPlan& plan, const conv::ConvShape& shape) {
  CHECK_EQ(conv::shape_error(shape), std::string());
  CHECK_EQ(conv::plan_error(plan, shape), std::string());
  const conv::Geometry g(plan, shape);
  const std::vector<float> inputs = floats(g.inputs_size()), weights = floats(g.weights_size());
  std::vector<float> outputs = floats(g.outputs_size());
  const conv::ConvOperands op{inputs.data(), weights.data(), outputs.data()};
  return schedule_of(
      {plan.threads,
       {owned(inputs), owned(weights), owned(outputs)},
       [&] { return conv::run(plan, g, op); },
       [&](bool warm, traffic::Traffic& result) {
         traffic::CountOptions options;
         options.warm = warm;
         return conv::count(plan, g, op, options, nullptr, result);
       },
       [&](traffic::ObserverTeam& team) { return conv::observe(plan, g, op, nullptr, team); }});
}

std::vector<conv::ConvShape> conv_shapes() {
  conv::ConvShape padded;
  padded.batch = 2;
  padded.channels = 6;
  padded.filters = 9;
  padded.height = 5;
  padded.width = 7;
  padded.filter_height = padded.filter_width = 3;
  padded.pad_top = padded.pad_left = padded.pad_bottom = padded.pad_right = 1;

  conv::ConvShape strided = padded;
  strided.stride_height = strided.stride_width = 2;
  strided.clip_low = 0.0f;

  conv::ConvShape dilated = padded;
  dilated.dilation_height = dilated.dilation_width = 2;

  conv::ConvShape grouped = padded;
  grouped.groups = 3;

  conv::ConvShape depthwise = padded;
  depthwise.groups = depthwise.channels = depthwise.filters = 6;

  return {padded, strided, dilated, grouped, depthwise};
}

void check_conv() {
  for (const conv::ConvShape& shape : conv_shapes()) {
    for (const bool nchw : {false, true}) {
      for (const Order order : kOrders) {
        conv_schedule(conv_plan(order, nchw, 1), shape);
        conv_schedule(conv_plan(order, nchw, 3), shape);
      }
    }
  }
  const conv::ConvShape padded = conv_shapes().front();
  for (const bool nchw : {false, true}) {
    std::vector<Schedule> different;
    for (const Order order : {Order::none, Order::weight, Order::input, Order::output}) {
      different.push_back(conv_schedule(conv_plan(order, nchw, 1), padded));
    }
    check_different(different);
  }
}

rnn::RnnPlan rnn_plan(std::int64_t threads) {
  rnn::RnnPlan plan;
  plan.mr = 2;
  plan.nr = 2;
  plan.threads = threads;
  plan.projection = gemm_plan(Order::blocked, Layout::prepared, threads);
  return plan;
}

/** Two layers in both directions, rows of unequal lengths. */
rnn::RnnShape rnn_shape(rnn::Cell cell, bool linear_before_reset) {
  rnn::RnnShape shape;
  shape.cell = cell;
  shape.linear_before_reset = linear_before_reset;
  shape.layers = shape.directions = 2;
  shape.steps = 4;
  shape.batch = 3;
  shape.inputs = 6;
  shape.hidden = 7;
  return shape;
}

class RnnProblem {
 public:
  explicit RnnProblem(const rnn::RnnShape& shape) : shape_(shape) {}

  Schedule schedule(const rnn::RnnPlan& plan) {
    CHECK_EQ(rnn::plan_error(plan, shape_), std::string());
    packed_.resize(static_cast<std::size_t>(rnn::Layout(plan, shape_).weights_at(shape_.layers, 0)));
    const rnn::RnnOperands op{packed_.data(), x_.data(), state_.data(),  state_.data(),
                              kLengths,       y_.data(), last_h_.data(), last_c_.data()};
    return schedule_of(
        {plan.threads,
         {owned(packed_),
          owned(x_),
          owned(state_),
          owned(y_),
          owned(last_h_),
          owned(last_c_),
          {kLengths, sizeof(kLengths)}},
         [&] { return rnn::run(plan, shape_, op); },
         [&](bool warm, traffic::Traffic& result) {
           rnn::CountOptions options;
           options.warm = warm;
           return rnn::count(plan, shape_, op, options, nullptr, result);
         },
         [&](traffic::ObserverTeam& team) { return rnn::observe(plan, shape_, op, nullptr, team); }});
  }

 private:
  static constexpr std::int32_t kLengths[] = {4, 2, 3};
  rnn::RnnShape shape_;
  std::int64_t states_ = shape_.layers * shape_.directions * shape_.batch * shape_.hidden;
  std::vector<float> packed_,
      x_ = floats(shape_.steps * shape_.batch * shape_.inputs), state_ = floats(states_),
      y_ = floats(shape_.steps * shape_.directions * shape_.batch * shape_.hidden), last_h_ = floats(states_),
      last_c_ = floats(states_);
};

void check_rnn() {
  for (const rnn::RnnShape& shape : {rnn_shape(rnn::Cell::gru, false), rnn_shape(rnn::Cell::gru, true),
                                     rnn_shape(rnn::Cell::lstm, false)}) {
    RnnProblem problem(shape);
    rnn::RnnPlan wide = rnn_plan(1);
    wide.mr = 1;
    wide.nr = 4;
    check_different({problem.schedule(rnn_plan(1)), problem.schedule(wide)});
    problem.schedule(rnn_plan(2));
  }
}

/** A tap's events in their order, as a hash. */
std::uint64_t hash_of(std::initializer_list<traffic::Block> blocks, Access access = Access::read) {
  ScheduleHash hash;
  for (const traffic::Block& block : blocks) hash.touch(block, access);
  hash.call();
  return hash.value();
}

void check_hash() {
  static const float kSomewhere[2] = {};
  const traffic::Block a{Operand::weights, 3, kSomewhere, 4, 64, 256},
      b{Operand::inputs, 5, kSomewhere, 4, 64, 64};
  const auto changed = [&](auto&& change) {
    traffic::Block block = a;
    change(block);
    return hash_of({block, b});
  };
  const std::uint64_t hash = hash_of({a, b});
  CHECK_EQ(hash, hash_of({a, b}));
  CHECK_EQ(hash, changed([](traffic::Block& block) { block.base = kSomewhere + 1; }));
  CHECK_EQ(hash, changed([](traffic::Block& block) { block.stride_bytes = 1024; }));
  CHECK(hash != hash_of({b, a}));
  CHECK(hash != hash_of({a}));
  CHECK(hash != hash_of({a, b, b}));
  CHECK(hash != hash_of({a, b}, Access::update));
  CHECK(hash != changed([](traffic::Block& block) { block.operand = Operand::state; }));
  CHECK(hash != changed([](traffic::Block& block) { block.tile = 4; }));
  CHECK(hash != changed([](traffic::Block& block) { block.rows = 5; }));
  CHECK(hash != changed([](traffic::Block& block) { block.row_bytes = 68; }));
  CHECK(hash != changed([](traffic::Block& block) { block.tiles = 2; }));

  // Where a call ends is part of it.
  ScheduleHash apart;
  for (const traffic::Block& block : {a, b}) {
    apart.touch(block, Access::read);
    apart.call();
  }
  CHECK(hash != apart.value());

  // And which thread does what.
  ScheduleHash idle;
  CHECK(traffic::combined({apart, idle}) != traffic::combined({idle, apart}));
  CHECK(traffic::combined({apart}) != traffic::combined({apart, idle}));
}

}  // namespace

int main() {
  check_hash();
  check_gemm();
  check_conv();
  check_rnn();
  return finish();
}
