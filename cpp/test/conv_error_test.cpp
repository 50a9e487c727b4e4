// What shapes, plans and slices of convolutions are refused, and which word says why.
#include <string>
#include <utility>

#include "check.h"
#include "conv_cases.h"
#include "isas.h"

using namespace rooftile;
using namespace rooftile::conv;
using rooftile::test::plan_for;

namespace {

void check_errors(const ConvTile& tile) {
  const auto shape_is_wrong = [](auto change, const char* word) {
    ConvShape s;
    s.channels = s.filters = 12;
    s.height = s.width = 5;
    change(s);
    CHECK(shape_error(s).find(word) != std::string::npos);
  };
  shape_is_wrong([](ConvShape& s) { s.groups = 5; }, "groups");
  shape_is_wrong([](ConvShape& s) { s.groups = 0; }, "groups");
  shape_is_wrong([](ConvShape& s) { s.filter_height = 6; }, "larger");
  shape_is_wrong([](ConvShape& s) { s.filter_width = 3, s.dilation_width = 3; }, "larger");
  shape_is_wrong([](ConvShape& s) { s.pad_left = -1; }, "padLeft");
  shape_is_wrong([](ConvShape& s) { s.batch = s.height = s.width = 2147483647; }, "addressed");
  shape_is_wrong([](ConvShape& s) { s.batch = 2147483648; }, "batch");
  const auto plan_is_wrong = [&](auto change, const char* word) {
    ConvShape s;
    s.channels = s.filters = 400;
    s.groups = tile.depthwise ? 400 : 1;
    ConvPlan plan = plan_for(tile, Order::blocked);
    change(plan);
    CHECK(plan_error(plan, s).find(word) != std::string::npos);
  };
  plan_is_wrong([](ConvPlan& p) { p.qr = 99; }, "qr");
  plan_is_wrong([](ConvPlan& p) { p.cb = 0; }, "cb");
  plan_is_wrong([](ConvPlan& p) { p.kb = 1; }, "kb");
  plan_is_wrong([](ConvPlan& p) { p.pb = 0; }, "pb");
  plan_is_wrong([](ConvPlan& p) { p.pb = 2, p.order = Order::none; }, "pb");
  plan_is_wrong([](ConvPlan& p) { p.threads = 4, p.thread_rows = 3; }, "threadRows");
  plan_is_wrong([](ConvPlan& p) { p.threads = 257; }, "threads");
  const auto slice_is_wrong = [&](Slice slice, const char* word, bool nchw = false) {
    ConvShape s;
    s.channels = s.filters = 4 * tile.block;
    s.groups = tile.depthwise ? s.channels : 1;
    ConvPlan plan = plan_for(tile, Order::blocked);
    plan.nchw = nchw;
    s.input_slice = slice;
    CHECK(plan_error(plan, s).find(word) != std::string::npos);
    std::swap(s.input_slice, s.output_slice);
    CHECK(plan_error(plan, s).find(word) != std::string::npos);
  };
  slice_is_wrong({-1, 0}, "Slice.channels");
  slice_is_wrong({0, 1}, "Slice.channels");
  slice_is_wrong({3 * tile.block, 0}, "Slice.offset");
  slice_is_wrong({9 * tile.block, 6 * tile.block}, "Slice.offset");
  slice_is_wrong({9 * tile.block, tile.block + 1}, "multiple");
  slice_is_wrong({9 * tile.block, tile.block}, "NCHW", true);
}

}  // namespace

int main() {
  for (const Isa isa : rooftile::test::isas()) {
    for (const ConvTile& tile : conv_tiles(isa)) check_errors(tile);
  }
  return rooftile::test::finish();
}
